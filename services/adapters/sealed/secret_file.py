"""Secrets that live in a file of their own, readable by this user alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from services.domain.errors import FailedPrecondition

OWNER_ONLY = 0o600


def load_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the secret of this file; the first caller makes it, durably and atomically.

    Two processes that start together agree: the second finds the first one's file.

    Raises:
        FailedPrecondition: others may read the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path, make())
    status = path.stat()
    # A file that was mounted for us is somebody else's, and we read it by our group.
    others = 0o077 if status.st_uid == os.geteuid() else 0o007
    if status.st_mode & others:
        raise FailedPrecondition(f"{path} may be read by other users; run: chmod 600 {path}")
    return path.read_bytes()


def replace_secret(path: Path, secret: bytes) -> None:
    """Put a secret in the place of what the file holds, durably and atomically."""
    _write_beside(path, secret).replace(path)
    sync_folder(path.parent)


def _write_beside(path: Path, secret: bytes) -> Path:
    """Write a secret durably under another name; return the name."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return fresh


def _create(path: Path, secret: bytes) -> None:
    fresh = _write_beside(path, secret)
    try:
        os.link(fresh, path)  # unlike a rename, a link never replaces what another process made first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
