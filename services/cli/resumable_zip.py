"""A ZIP file that grows entry by entry, and goes on growing after whoever wrote it was killed.

A ZIP file has its directory at the end, so one that broke off has none. What the directory would say of an
entry is therefore written into a journal beside it as soon as the entry is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final, Self, TextIO

from services.cli.failures import CommandError

STALE: Final = 24 * 3600.0
"""Seconds after which what broke off is no longer gone on with."""
_BLOCK: Final = 1 << 20
_ZIP64: Final = 45
_PRIVATE: Final = 0o600
_UTF8: Final = 0x800


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry, as the directory tells of it."""

    name: str
    begin: int
    end: int
    size: int
    compressed: int
    method: int
    crc: int
    sha256: str
    """Of all its bytes in the file."""

    def info(self) -> zipfile.ZipInfo:
        """Return what `zipfile` knew of the entry when it wrote it."""
        info = zipfile.ZipInfo(self.name)
        info.header_offset, info.CRC = self.begin, self.crc
        info.file_size, info.compress_size, info.compress_type = self.size, self.compressed, self.method
        info.create_version = info.extract_version = _ZIP64
        info.external_attr = _PRIVATE << 16
        info.flag_bits = 0 if self.name.isascii() else _UTF8
        return info


class ResumableZip:
    """Used in a `with` block; the file has its name once `finish` was called, and is `….part` until then."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._part = out.with_name(f"{out.name}.part")
        self._journal = out.with_name(f"{out.name}.part.journal")
        self._file: BinaryIO
        self._lines: TextIO
        self._archive: zipfile.ZipFile

    def __enter__(self) -> Self:
        """Take up what broke off, as far as it is whole.

        Raises CommandError where another process is at it, or a file of somebody else has the name.
        """
        if not self._journal.exists() and self._part.exists():
            raise CommandError(f"{self._part} is in the way, and of no export; move it elsewhere")
        self._lines = os.fdopen(
            os.open(self._journal, os.O_RDWR | os.O_CREAT, _PRIVATE), "r+", errors="replace"
        )
        try:
            fcntl.flock(self._lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lines.close()
            raise CommandError(f"another export is writing {self._part}") from None
        self._file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT, _PRIVATE), "r+b")
        self._resume(list(self._whole()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It writes its directory, which the next one to go on cuts off again.
        with suppress(OSError, ValueError):
            self._archive.close()
        self._file.close()
        self._lines.close()

    @property
    def names(self) -> list[str]:
        """The names of all entries, in their order."""
        return self._archive.namelist()

    def read(self, name: str) -> bytes:
        """Return the content of an entry."""
        return self._archive.read(name)

    def begin_anew(self) -> None:
        """Forget every entry."""
        self._archive.close()
        self._resume([])

    def add(self, name: str, source: IO[bytes]) -> None:
        """Write an entry; once this returns, it survives us."""
        info = zipfile.ZipInfo(name)
        # Photos and videos do not get smaller; text does, by much.
        text = name.endswith((".json", ".jsonl"))
        info.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
        with self._archive.open(info, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, _BLOCK)
        if not name.isascii():
            info.flag_bits |= _UTF8  # as it is in the file: `zipfile` would not know its own entry again
        self._file.flush()
        begin, end = info.header_offset, self._file.tell()
        entry = _Entry(
            name,
            begin,
            end,
            info.file_size,
            info.compress_size,
            info.compress_type,
            info.CRC,
            _digest(self._file, begin, end),
        )
        self._lines.write(_line(entry))
        self._lines.flush()

    def finish(self) -> None:
        """Give the file its name; it is durable before it has it."""
        self._archive.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._out)
        self._journal.unlink()

    def _resume(self, entries: list[_Entry]) -> None:
        end = entries[-1].end if entries else 0
        self._file.truncate(end)
        self._archive = _archive(self._file, end)
        for info in map(_Entry.info, entries):
            self._archive.filelist.append(info)
            self._archive.NameToInfo[info.filename] = info
        self._lines.seek(0)
        self._lines.truncate()
        self._lines.writelines(map(_line, entries))
        self._lines.flush()

    def _whole(self) -> Iterator[_Entry]:
        """Yield the entries that are there as the journal has them, up to the first that is not."""
        if time.time() - self._part.stat().st_mtime > STALE:
            return
        with suppress(ValueError, TypeError):
            for line in self._lines:
                entry = _Entry(**json.loads(line))
                if _digest(self._file, entry.begin, entry.end) != entry.sha256:
                    return
                yield entry


def _digest(file: BinaryIO, begin: int, end: int) -> str:
    """Return the SHA-256 of some bytes of a file, which is left at their end."""
    digest = hashlib.sha256()
    file.seek(begin)
    while data := file.read(min(_BLOCK, end - file.tell())):
        digest.update(data)
    return digest.hexdigest()


def _archive(file: BinaryIO, at: int) -> zipfile.ZipFile:
    """Return an archive that writes behind what is there."""
    file.seek(at)
    return zipfile.ZipFile(file, "w")


def _line(entry: _Entry) -> str:
    return json.dumps(asdict(entry)) + "\n"
