"""`storyroll export`: everything that is kept, in one file."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from pathlib import Path
from typing import IO, Annotated, Final

import grpc
import typer
from storyroll.consent.v1 import consent_pb2

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
    """Write everything that is kept of you into a ZIP file: originals, what is known, consent, audit log."""
    partial = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            count = await _Export(session, archive, out.parent).run()
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    print(f"{out} ({count} files, {out.stat().st_size / 1e6:.1f} MB)")


class _Export:
    """One export into one archive; a file enters it when it has arrived whole."""

    def __init__(self, session: Session, archive: zipfile.ZipFile, folder: Path) -> None:
        self._session = session
        self._archive = archive
        self._folder = folder
        self._last = ""

    async def run(self) -> int:
        """Write all files, going on after the last whole one when the connection is lost; return how many."""
        tries = 0
        while True:
            before = self._last
            try:
                await self._take()
            except grpc.aio.AioRpcError as error:
                tries = tries + 1 if self._last == before else 1
                if error.code() not in _LOST or tries >= _TRIES:
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return len(self._archive.namelist())

    async def _take(self) -> None:
        name = ""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, mode="w+b", dir=str(self._folder)) as gathered:
            request = consent_pb2.ExportAccountRequest(after=self._last)
            async for part in self._session.consent.ExportAccount(request):
                if part.WhichOneof("part") == "data":
                    gathered.write(part.data)
                    continue
                await self._enter(name, gathered)
                name = part.file
            await self._enter(name, gathered)

    async def _enter(self, name: str, gathered: IO[bytes]) -> None:
        """Move a whole file into the archive, and make room for the next."""
        if name:
            gathered.seek(0)
            await asyncio.to_thread(_store, self._archive, name, gathered)
            self._last = name
        gathered.seek(0)
        gathered.truncate()


def _store(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    entry = zipfile.ZipInfo(name)
    # Photos and videos do not get smaller; text does, by much.
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith((".json", ".jsonl")) else zipfile.ZIP_STORED
    with archive.open(entry, "w", force_zip64=True) as target:
        while data := file.read(1 << 20):
            target.write(data)
