"""The way that a file takes: straight to S3 where that is asked for and works, else through the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.cli.sync.conditions import Gate
from services.cli.sync.direct import Declined, DirectWriter, NoDirectWay, Sent, Storage
from services.cli.sync.patience import Patience
from services.cli.sync.piece import Piece
from services.cli.sync.writer import FileWriter, Upload

_STORAGE_PATIENCE: Final = 20.0
"""Seconds; where S3 is away for longer, the server knows better what to do than we."""


@dataclass(slots=True)
class DirectWay:
    """The way to S3, and what is known of it; one for all syncs of a command."""

    storage: Storage
    tell: Callable[[str], None]
    _told: str = ""

    def closed(self, why: str) -> None:
        """Tell that photos go through the server, unless that was told last."""
        if why != self._told:
            self._told = why
            self.tell(f"{why}: photos go through the server")


class Ways:
    """Brings the files of one sync to the server, several at a time."""

    def __init__(
        self,
        upload: Upload,
        patience: float,
        sent: Sent,
        gate: Gate,
        direct: DirectWay | None = None,
    ) -> None:
        self._upload = upload
        self._patience = patience
        self._sent = sent
        self._gate = gate
        self._direct = direct

    async def write(self, piece: Piece) -> bool:
        """Bring a file in until it is durable; tell whether it had been there before.

        Raises AioRpcError when it is refused or the server stays away, OSError when it cannot be read.
        """
        if direct := self._direct:
            try:
                return await self._directly(piece, direct.storage)
            except NoDirectWay as error:
                self._direct = None
                direct.closed(str(error))
            except Declined:
                pass  # The next file may do better.
        writer = FileWriter(self._upload, Patience(self._patience), self._sent, self._gate)
        return (await writer.write(piece)).already_known

    async def _directly(self, piece: Piece, storage: Storage) -> bool:
        patience = Patience(self._patience), Patience(min(self._patience, _STORAGE_PATIENCE))
        writer = DirectWriter(self._upload, storage, *patience, sent=self._sent, gate=self._gate)
        return await writer.write(piece)
