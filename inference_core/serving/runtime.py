"""The folder in memory that one running server has to itself, and what it may leave behind.

The server and its stubs share memory through files of /dev/shm, which nobody removes when they are killed. So
each server gets a name of its own that all its files begin with, and a lock that is free as soon as its owner
is gone, however that happened; whoever starts the next server clears away after the dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from inference_core.serving.errors import ServerFailed

_MEMORY = Path("/dev/shm")  # noqa: S108 - names cannot be guessed, and folders are closed to others
_PREFIX = "storyroll-triton-"
_LOCK = "lock"
_PORT = 1
"""Part of the socket's name: the server always appends one."""


class RuntimeFolder:
    """A folder with a socket, the prefix of a server's shared memory, and the lock that keeps both."""

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self._path = path
        self._lock = lock

    @classmethod
    def make(cls) -> RuntimeFolder:
        """Make a folder that nobody else can enter, and clear away what dead owners left.

        Raises:
            ServerFailed: There is no shared memory here.
        """
        path = _MEMORY / f"{_PREFIX}{secrets.token_hex(8)}"
        # Under this name no sweep sees it: it must not be without its lock for a moment.
        nascent = path.with_name(f".{path.name}")
        try:
            _sweep()
            nascent.mkdir(mode=0o700)
            lock = (nascent / _LOCK).open("wb")
            fcntl.flock(lock, fcntl.LOCK_EX)
            nascent.rename(path)
        except OSError as error:
            raise ServerFailed(
                f"There is no room for a server in {_MEMORY} ({error.strerror}): it needs memory there."
            ) from error
        return cls(path, lock)

    @property
    def socket(self) -> Path:
        """Where the server's socket appears once it serves."""
        return self._path / f"grpc:{_PORT}"

    @property
    def listen(self) -> tuple[str, int]:
        """What to tell the server to listen on, as its address and port."""
        return f"unix:{self._path / 'grpc'}", _PORT

    @property
    def address(self) -> str:
        """What a gRPC client connects to."""
        return f"unix:{self.socket}"

    @property
    def region_prefix(self) -> str:
        """What the names of the stubs' shared memory begin with."""
        return _region_prefix(self._path)

    def close_to_others(self) -> None:
        """Take the stubs' shared memory, which they open to every user of the machine, from all but ours."""
        for region in _regions(self._path):
            # Gone already: its stub has ended.
            with contextlib.suppress(FileNotFoundError):
                region.chmod(0o600)

    def clear(self) -> None:
        """Remove what a server that has ended left here."""
        for leftover in (self.socket, *_regions(self._path)):
            leftover.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove everything."""
        self.clear()
        shutil.rmtree(self._path, ignore_errors=True)
        self._lock.close()


def _sweep() -> None:
    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_dir() and folder.stat().st_uid == os.getuid():
                _sweep_if_dead(folder)


def _sweep_if_dead(folder: Path) -> None:
    with (folder / _LOCK).open("wb") as lock:
        # Raises where the owner lives.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for region in _regions(folder):
            region.unlink(missing_ok=True)
        shutil.rmtree(folder)


def _regions(folder: Path) -> Iterator[Path]:
    return folder.parent.glob(f"{_region_prefix(folder)}*")


def _region_prefix(folder: Path) -> str:
    return f"{folder.name}-"
