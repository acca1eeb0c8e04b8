"""The disk of the server fills, on which its catalog is, and its blobs where they are in a folder.

It is a small file system of memory where one may be mounted, else there is a limit on every file. A mount
needs a namespace of one's own, which not every machine lets every user have. The limit works everywhere:
while it lasts, no file of the process may grow beyond it, and every write that would fails.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

INSIDE: Final = "STORYROLL_CHAOS_NAMESPACE"
SIZE: Final = "2g"
_NAMESPACE: Final = ("unshare", "--user", "--map-root-user", "--mount")


class Disk(Protocol):
    """Can be full."""

    name: str

    def fill(self, left: int) -> None:
        """Leave this many bytes of room."""
        ...

    def free(self) -> None:
        """Make room again."""
        ...

    def close(self) -> None:
        """Leave nothing behind of it."""
        ...


class SmallDisk:
    """A file system of its own, filled by a file that takes what is left."""

    name = "a small file system"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        self._folder = folder
        self._ballast = folder / "ballast"

    def fill(self, left: int) -> None:
        """Take all room but this."""
        room = shutil.disk_usage(self._folder).free - left
        with contextlib.suppress(OSError), self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(room, 1))

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it, with all that is on it."""
        subprocess.run(["umount", "--lazy", str(self._folder)], check=True, capture_output=True)


class LimitedFiles:
    """No file of a process may be larger than what is left of room."""

    name = "a limit on the size of files"

    def __init__(self, pid: Callable[[], int | None]) -> None:
        self._pid = pid

    def fill(self, left: int) -> None:
        """Let no file grow beyond this."""
        self._limit(left)

    def free(self) -> None:
        """Let them grow."""
        self._limit(resource.RLIM_INFINITY)

    def close(self) -> None:
        """There is nothing to undo: a limit ends with its process."""

    def _limit(self, size: int) -> None:
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def enter_namespace() -> None:
    """Begin this program anew where it may mount, if that is possible; its mounts end with it."""
    if os.environ.get(INSIDE) or not shutil.which("unshare"):
        return
    probe = [*_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp(_NAMESPACE[0], [*_NAMESPACE, *sys.orig_argv])


def can_mount() -> bool:
    """Tell whether this program has a namespace of its own."""
    return bool(os.environ.get(INSIDE))
