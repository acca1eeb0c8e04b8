"""A stretch of memory that this process and a model server on the same machine both see.

Design note. Its name cannot be guessed and its file is nobody else's to open. The name is taken away as soon
as the server has mapped it: nothing is left behind by a crash, and nobody can open it later, to truncate it
say, which would kill the server. Pages are reserved before they are written to: in a container whose shared
memory is full, the first write to a page that was only promised would kill this process.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import secrets
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from inference_core.engines.slots import CAPACITY, Slots
from inference_core.preprocess.spec import Tensor

_FOLDER = Path("/dev/shm")  # noqa: S108 - where shm_open, by which the server opens regions, keeps them
_NAME = re.compile(r"storyroll-vision-(\d+)-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch lies: the region's name and the bytes before it."""

    region: str
    offset: int


class Region:
    """One region; `slots` lends its rows, and the memory is there until the last of them is gone.

    Args:
        capacity: Bytes, a whole number of slabs.

    Raises:
        OSError: There is no room for it, or no such memory on this system.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.name = f"storyroll-vision-{os.getpid()}-{secrets.token_hex(16)}"
        self.size = capacity
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(_FOLDER / self.name, flags, mode=0o600)
        try:
            os.ftruncate(file, capacity)
            self.slots = Slots(mmap.mmap(file, capacity), partial(os.posix_fallocate, file))
        except OSError:
            os.close(file)
            self.hide()
            raise
        # Another thread may be reserving: the file is open for as long as there is somebody to do so.
        weakref.finalize(self.slots, os.close, file).atexit = False

    def place(self, batch: Tensor) -> Place | None:
        """Return where a batch lies in this region; None if it lies elsewhere."""
        offset = self.slots.offset_of(batch)
        return None if offset is None else Place(self.name, offset)

    def hide(self) -> None:
        """Take the name away: who has mapped the region keeps it, nobody else ever can."""
        (_FOLDER / self.name).unlink(missing_ok=True)


def sweep() -> None:
    """Remove what processes left that died between making a region and hiding it."""
    with contextlib.suppress(OSError):
        for name in abandoned(path.name for path in _FOLDER.iterdir()):
            (_FOLDER / name).unlink(missing_ok=True)


def abandoned(names: Iterable[str]) -> list[str]:
    """Return those of the names that are regions of processes which are no more."""
    matches = (_NAME.fullmatch(name) for name in names)
    return [match[0] for match in matches if match and not _lives(int(match[1]))]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
