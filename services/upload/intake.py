"""One file as it comes in: what was announced, what has arrived, whether both agree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import NoReturn

from services.domain.errors import CorruptUpload, InvalidArgument, MediaTooLarge, WrongOffset
from services.domain.media_types import MAX_PIXELS, MediaType, by_name, declared_size, sniff

MAX_CHUNK = 256 << 10
HEAD = 256 << 10
"""First bytes in which a picture's size is looked for."""
LONGEST_PATH = 4096

Checksum = Callable[[bytes], int]
"""CRC32C of some bytes."""


@dataclass(frozen=True, slots=True)
class AssetHeader:
    """What a write announces."""

    sha256: bytes
    size: int
    path: str
    """Relative to the synced folder, forward slashes."""
    media_type: str
    hint: datetime | None = None
    """The file's modification time, aware."""

    def media(self) -> MediaType:
        """Check the announcement; return the type. Raises InvalidArgument, UnsupportedMediaType."""
        path = PurePosixPath(self.path)
        if not path.name or path.is_absolute() or ".." in path.parts or len(self.path) > LONGEST_PATH:
            raise InvalidArgument("the path must be relative to the synced folder and end in a file name")
        if self.size <= 0:
            raise InvalidArgument("the size must be that of a file with at least one byte")
        return by_name(self.media_type)

    @property
    def filename(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the file."""

    offset: int
    data: bytes
    crc32c: int


class Intake:
    """Follows the bytes of one file."""

    def __init__(self, header: AssetHeader, checksum: Checksum) -> None:
        self.media = header.media()
        """The announced type, until the first bytes tell better."""
        self.size = 0
        """Bytes that have arrived."""
        self._header = header
        self._checksum = checksum
        self._hash = hashlib.sha256()
        self._head = bytearray()
        self._head_checked = False

    def may_follow(self, chunk: Chunk) -> bool:
        """Tell whether the chunk is the next piece of the file, whole and unchanged."""
        return (
            0 < len(chunk.data) <= MAX_CHUNK
            and chunk.offset == self.size
            and len(chunk.data) <= self.missing
            and self._checksum(chunk.data) == chunk.crc32c
        )

    def refuse(self, chunk: Chunk, committed: int) -> NoReturn:
        """Raise what is wrong with a chunk that may not follow, and where to go on."""
        end = chunk.offset + len(chunk.data)
        if not 0 < len(chunk.data) <= MAX_CHUNK:
            raise InvalidArgument(f"a chunk has 1 to {MAX_CHUNK} bytes, not {len(chunk.data)}")
        if chunk.offset != self.size:
            raise WrongOffset(chunk.offset, committed)
        if end > self._header.size:
            message = f"chunk ends at byte {end}, but the file was declared to have {self._header.size}"
            raise WrongOffset(end, committed, message)
        raise CorruptUpload(f"the CRC32C of the chunk at byte {chunk.offset} differs", committed)

    def add(self, data: bytes) -> None:
        """Take bytes that belong to the file; raise MediaTooLarge once they tell of too many pixels."""
        self._hash.update(data)
        self.size += len(data)
        if not self._head_checked:
            self._head += data[: HEAD - len(self._head)]
            if len(self._head) == HEAD:
                self._check_head()

    @property
    def missing(self) -> int:
        """Bytes that were announced and have not arrived."""
        return self._header.size - self.size

    def finish(self) -> None:
        """Raise CorruptUpload if these are not the bytes announced, MediaTooLarge for too many pixels."""
        if self._hash.digest() != self._header.sha256:
            raise CorruptUpload("the SHA-256 of the file differs; send it again from the start", 0)
        if not self._head_checked:
            self._check_head()

    def _check_head(self) -> None:
        self._head_checked = True
        head = bytes(self._head)
        self.media = sniff(head) or self.media
        width, height = declared_size(head, self.media) or (0, 0)
        if width * height > MAX_PIXELS:
            raise MediaTooLarge(f"the picture has {width} × {height} pixels; at most {MAX_PIXELS} are read")
