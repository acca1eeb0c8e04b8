"""Short-lived plaintext files for parsers and decoders that read nothing but files.

They live in memory (tmpfs) where there is room, so that they never touch a disk, are readable by this user
alone and are removed at the end of their use; what a killed process left is removed at the next start.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.adapters.full_disk import is_full, no_room

TMPFS = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, refused if it is somebody else's
MEMORY_LIMIT = 64 << 20
"""Bytes; bigger files go to the disk, for memory is dearer."""
ROOM = 4
"""How many times a file's size must be free in memory."""


class ScratchSpace:
    """Lends private files, named after the process that uses them."""

    def __init__(self, folder: Path, tmpfs: Path = TMPFS) -> None:
        self._folder = folder
        self._in_memory = tmpfs / f"storyroll-{os.geteuid()}"

    @contextmanager
    def lend(self, size: int) -> Iterator[Path]:
        """Lend the path of an empty file with room for `size` bytes; it is removed at exit.

        Raises Unavailable where there turns out to be no room.
        """
        try:
            path = self._choose(size) / f"{os.getpid()}-{secrets.token_hex(8)}"
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)
        except OSError as error:
            if is_full(error):
                raise no_room("short-lived files") from error
            raise

    def sweep(self) -> int:
        """Remove the files and folders that processes that are gone have left; return how many."""
        left = [path for folder in (self._folder, self._in_memory) for path in folder.glob("*-*")]
        abandoned = [path for path in left if not _is_alive(path.name.partition("-")[0])]
        for path in abandoned:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(abandoned)

    def _choose(self, size: int) -> Path:
        if size <= MEMORY_LIMIT and _is_private(self._in_memory):
            free = shutil.disk_usage(self._in_memory).free
            if free >= size * ROOM:
                return self._in_memory
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._folder


def _is_private(folder: Path) -> bool:
    """Make the folder if it is missing; tell whether it is ours alone."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _is_alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
