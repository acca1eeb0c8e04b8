"""Where originals are kept, sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.domain.identity import OwnerId
from services.domain.records import Erasure

Patch = tuple[int, bytes]
"""(offset, bytes to put there instead): a file patched so keeps its length."""


class StagedOriginal(Protocol):
    """An upload in progress, sealed segment by segment."""

    @property
    def committed(self) -> int:
        """Plaintext bytes that are durable: where a resumed write continues."""
        ...

    async def append(self, data: bytes) -> None:
        """Add plaintext at the end."""
        ...

    async def flush(self) -> None:
        """Make whole segments durable."""
        ...

    def plaintext(self) -> AsyncIterator[bytes]:
        """Yield what is committed again, to resume a hash; damaged segments are dropped from the end."""
        ...

    def as_file(self) -> AbstractAsyncContextManager[Path]:
        """Lend what was appended so far as a private temporary file, removed at exit."""
        ...

    async def commit(self, patches: Sequence[Patch] = (), *, key: str = "") -> None:
        """Seal the rest, with the patches laid over it, and make it the original of this key, durably.

        The key is one that `fresh_blob_key` made of the upload's name; that name itself where none is given.
        Raises NotFound when somebody deleted the upload meanwhile.
        """
        ...

    async def discard(self) -> None:
        """Forget it."""
        ...


class Vault(Protocol):
    """Originals, sealed in segments under the owner's CLOUD_PROCESSING key."""

    async def stage(self, owner: OwnerId, key: str) -> StagedOriginal:
        """Open the upload of this original, new or as it was left; raise ConsentRequired."""
        ...

    async def unfinished(self, owner: OwnerId) -> Mapping[str, int]:
        """Return the plaintext bytes that are durable of each of the owner's uploads in progress, by key."""
        ...

    async def sweep(self, before: datetime) -> Erasure:
        """Delete uploads in progress, whosever they are, that nobody has written to since."""
        ...

    def originals(self, owner: OwnerId, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys of the owner's originals that were committed in that time, in any order."""
        ...

    async def size(self, owner: OwnerId, key: str) -> int:
        """Return the plaintext size; raise NotFound."""
        ...

    async def read(self, owner: OwnerId, key: str, offset: int = 0, length: int = -1) -> bytes:
        """Return a plaintext range (−1: to the end); raise NotFound, SealBroken."""
        ...

    def as_file(
        self, owner: OwnerId, key: str, patches: Sequence[Patch] = ()
    ) -> AbstractAsyncContextManager[Path]:
        """Lend the plaintext, with the patches laid over it, as a private temporary file, removed at exit."""
        ...

    async def delete(self, owner: OwnerId, key: str) -> Erasure:
        """Delete an original."""
        ...

    async def erase(self, owner: OwnerId) -> Erasure:
        """Delete every original and upload of the owner."""
        ...
