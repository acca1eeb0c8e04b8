"""`storyroll export`: everything that is kept, in one file."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import IO, Annotated, Final

import grpc
import typer
from storyroll.consent.v1 import consent_pb2

from services.cli.resumable_zip import ResumableZip
from services.cli.session import Session

_TRIES: Final = 8
"""Times that a lost connection is taken up again without a file in between."""
_PAUSE: Final = 2.0
"""Seconds before it."""
_LOST: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
_IN_MEMORY: Final = 16 << 20
"""Bytes; larger files are gathered on the disk until they are whole."""


async def export(
    session: Session,
    out: Annotated[Path, typer.Argument(dir_okay=False, help="The ZIP file to write.")],
) -> None:
    """Write everything that is kept of you into a ZIP file: originals, what is known, consent, audit log.

    An export that breaks off goes on behind its last whole file when it is run again within a day, from
    OUT.part and OUT.part.journal beside it; OUT itself is there once it is whole.
    """
    with ResumableZip(out) as archive:
        await _Export(session, archive, out.parent).run()
        archive.finish()
        count = len(archive.names)
    print(f"{out} ({count} files, {out.stat().st_size / 1e6:.1f} MB)")


class _Export:
    """One export into one archive; a file enters it when it has arrived whole."""

    def __init__(self, session: Session, archive: ResumableZip, folder: Path) -> None:
        self._session = session
        self._archive = archive
        self._folder = folder

    @property
    def _last(self) -> str:
        """The last whole file."""
        return self._archive.names[-1] if self._archive.names else ""

    async def run(self) -> None:
        """Write all files, going on after the last whole one when the connection is lost."""
        tries = 0
        resumed = bool(self._last)
        while True:
            before = self._last
            try:
                if resumed:
                    await self._expect_the_same_account()
                    resumed = False
                await self._take()
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.INVALID_ARGUMENT and self._last:
                    self._archive.begin_anew()  # The last file was deleted meanwhile.
                    continue
                tries = tries + 1 if self._last == before else 1
                if error.code() not in _LOST or tries >= _TRIES:
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _expect_the_same_account(self) -> None:
        """Begin anew where what broke off is somebody else's, or consent has changed since."""
        async with aclosing(self._files("")) as files:
            name, first = await anext(files)
            same = self._archive.names[0] == name and self._archive.read(name) == first.read()
        if same:
            print(f"going on after {len(self._archive.names)} files", file=sys.stderr)
        else:
            self._archive.begin_anew()

    async def _take(self) -> None:
        async with aclosing(self._files(self._last)) as files:
            async for name, file in files:
                await asyncio.to_thread(self._archive.add, name, file)

    async def _files(self, after: str) -> AsyncGenerator[tuple[str, IO[bytes]]]:
        """Yield the whole files behind one, each until the next is asked for."""
        name = ""
        call = self._session.consent.ExportAccount(consent_pb2.ExportAccountRequest(after=after))
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, mode="w+b", dir=str(self._folder)) as gathered:
            async for part in call:
                if part.WhichOneof("part") == "data":
                    gathered.write(part.data)
                    continue
                if name:
                    gathered.seek(0)
                    yield name, gathered
                    gathered.seek(0)
                    gathered.truncate()
                name = part.file
            if name:
                gathered.seek(0)
                yield name, gathered
