"""Finding the photos and videos of a folder."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.domain.media_types import SNIFFED_BYTES, MediaType, by_extension, sniff


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A photo or video in the folder, as it was when it was found."""

    path: Path
    relative: str
    """Relative to the folder, with forward slashes."""
    size: int
    modified_ns: int
    media_type: str


@dataclass(slots=True)
class Walk:
    """Goes through a folder once and counts what it leaves out."""

    folder: Path
    skipped: Counter[str] = field(default_factory=Counter)
    """How many files were left out, by reason."""

    def __iter__(self) -> Iterator[LocalFile]:
        """Yield the media files in order of their paths; hidden files and links to folders are left out."""
        for parent, folders, names in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                found = self._look(Path(parent, name))
                if isinstance(found, LocalFile):
                    yield found
                else:
                    self.skipped[found] += 1

    def _look(self, path: Path) -> LocalFile | str:
        """Return the file, or the reason for which it is left out."""
        if path.name.startswith("."):
            return "hidden"
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return "not a file"
            media_type = _media_type(path) if status.st_size else None
        except OSError as error:
            return f"cannot be read ({(error.strerror or 'error').lower()})"
        if not status.st_size:
            return "empty"
        if media_type is None:
            return "not a photo or video"
        relative = path.relative_to(self.folder).as_posix()
        return LocalFile(path, relative, status.st_size, status.st_mtime_ns, media_type.mime)


def _media_type(path: Path) -> MediaType | None:
    """Believe the first bytes, then the name: a damaged photo is still its owner's photo."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    return sniff(head) or by_extension(path.name)
