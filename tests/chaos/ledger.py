"""What was acknowledged, written down at that moment by whoever was told."""

from __future__ import annotations

import os
from pathlib import Path


class Ledger:
    """A file of lines: the SHA-256 of a photo and the asset that it is said to be.

    A line is one write to a file that is only appended to, so that a client that is killed has written it
    or not.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted: set[tuple[bytes, str]] = set()
        self._descriptor: int | None = None

    def note(self, sha256: bytes, asset: str) -> None:
        """Write down that a server said to have this photo; what was written down already is not again."""
        if (sha256, asset) in self._noted:
            return
        self._noted.add((sha256, asset))
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(self._descriptor, f"{sha256.hex()} {asset}\n".encode())

    def read(self) -> dict[bytes, set[str]]:
        """Return every asset that each photo was said to be."""
        said: dict[bytes, set[str]] = {}
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        for line in lines:
            sha256, asset = line.split()
            said.setdefault(bytes.fromhex(sha256), set()).add(asset)
        return said
