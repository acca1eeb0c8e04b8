"""Bytes that wait to be written, kept as they came: a photo is copied once, when it is sealed or sent."""

from __future__ import annotations

from collections.abc import Iterator


class Tail:
    """A row of pieces that reads as one."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def append(self, data: bytes) -> None:
        """Add a piece."""
        self._pieces.append(data)
        self._size += len(data)

    def cut(self, size: int) -> None:
        """Drop all bytes but the first `size`."""
        self._pieces = list(self.slices(0, size))
        self._size = min(size, self._size)

    def clear(self) -> None:
        """Drop everything."""
        self.cut(0)

    def joined(self) -> bytes:
        """Return everything as one."""
        return b"".join(self._pieces)

    def slices(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` up to `last`, in pieces; whole ones without a copy."""
        at = 0
        for piece in self._pieces:
            if wanted := piece[max(first - at, 0) : max(last - at, 0)]:
                yield wanted
            at += len(piece)
