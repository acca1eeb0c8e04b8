"""Finding the photos and videos of a folder."""

from __future__ import annotations

import glob
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
    in_flux: int = 0
    """How many were left out because they are still written to."""

    def __iter__(self) -> Iterator[LocalFile]:
        """Yield the media files, newest first; hidden files and links to folders are left out."""
        for group in self.groups():
            yield from group

    def groups(self) -> Iterator[list[LocalFile]]:
        """Yield what belongs together, newest first.

        Files of one folder that differ in their extension alone belong together: the photo and the video of a
        Live Photo, a raw file and its JPEG. Takes some 200 bytes of memory for each file of the folder.
        """
        for paths in self._newest_first():
            if group := self._looked_at(paths):
                yield group

    def again(self, group: list[LocalFile]) -> list[LocalFile]:
        """Look at files again, and at what has come to lie beside them; those that are gone are left out."""
        beside = {
            path for file in group for path in file.path.parent.glob(f"{glob.escape(file.path.stem)}.*")
        }
        known = {file.path for file in group}
        return self._looked_at([str(path) for path in sorted(known | beside)], count=False)

    def _newest_first(self) -> list[list[str]]:
        groups: dict[tuple[str, str], list[str]] = {}
        newest: dict[tuple[str, str], int] = {}
        for parent, folders, names in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                key = (parent, name.rpartition(".")[0] or name)
                groups.setdefault(key, []).append(path := f"{parent}/{name}")
                newest[key] = max(newest.get(key, 0), _modified(path))
        return [groups[key] for key in sorted(groups, key=lambda key: (-newest[key], key))]

    def _looked_at(self, paths: list[str], *, count: bool = True) -> list[LocalFile]:
        looks = [self._look(Path(path)) for path in paths]
        if count:
            self.skipped.update(look for look in looks if isinstance(look, str))
        return [look for look in looks if isinstance(look, LocalFile)]

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


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a path as text takes a third of the memory
    except OSError:
        return 0


def _media_type(path: Path) -> MediaType | None:
    """Believe the first bytes, then the name: a damaged photo is still its owner's photo."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    return sniff(head) or by_extension(path.name)
