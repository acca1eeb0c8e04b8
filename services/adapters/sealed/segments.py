"""The format of a sealed original: segments that are sealed one by one, so that ranges can be read.

    magic and version (4 bytes) ‖ blob id (16, random) ‖ segment 0 ‖ … ‖ last segment

Every segment but the last holds 1 MiB of plaintext; the last holds less, possibly nothing. Each is bound to
the original's key, to the blob id, to its place and to whether it is the last one, as in the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): segments cannot be moved, swapped or cut off.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from services.adapters.sealed.sealing import OVERHEAD, context
from services.domain.errors import SealBroken
from services.domain.identity import OwnerId
from services.domain.ports import Patch, SealingKey

SEGMENT = 1 << 20
"""Plaintext bytes of a whole segment."""
SEALED_SEGMENT = SEGMENT + OVERHEAD
_MAGIC = b"SRV\x01"
HEADER = len(_MAGIC) + 16


class Segments:
    """Seals and opens the segments of one blob."""

    def __init__(self, key: SealingKey, owner: OwnerId, name: str, header: bytes | None = None) -> None:
        """Begin a blob, or go on with the one that has this header; raise SealBroken for no header."""
        if header is not None and not is_header(header):
            raise SealBroken("a stored original does not begin as it must")
        self.header = header or _MAGIC + os.urandom(16)
        self._key = key
        self._bound_to = context("original", owner, name, self.header)

    def seal_run(self, first: int, plaintext: bytes, *, last: bool) -> bytes:
        """Seal adjacent segments: whole ones, and behind them the last one where it is there.

        The first of all has the header before it.
        """
        whole, view = len(plaintext) // SEGMENT, memoryview(plaintext)
        ends = [(first + i, view[i * SEGMENT : (i + 1) * SEGMENT], False) for i in range(whole)]
        if last:
            ends.append((first + whole, view[whole * SEGMENT :], True))
        sealed = (self._key.seal(segment, self._context(i, is_last)) for i, segment, is_last in ends)
        return b"".join([b"" if first else self.header, *sealed])

    def open(self, index: int, sealed: bytes, *, last: bool = False) -> bytes:
        """Open one segment; raise SealBroken."""
        return self._key.open(sealed, self._context(index, last))

    def open_run(self, first: int, sealed: bytes, count: int) -> bytes:
        """Open adjacent segments, of a blob that has `count` in all."""
        parts = [sealed[at : at + SEALED_SEGMENT] for at in range(0, len(sealed), SEALED_SEGMENT)]
        return b"".join(self.open(i, part, last=i == count - 1) for i, part in enumerate(parts, first))

    def _context(self, index: int, last: bool) -> bytes:
        return self._bound_to + index.to_bytes(8, "big") + bytes([last])


def is_header(data: bytes) -> bool:
    """Tell whether these bytes begin a sealed original of this format."""
    return len(data) == HEADER and data.startswith(_MAGIC)


def position(index: int) -> int:
    """Return where a segment begins in the sealed blob."""
    return HEADER + index * SEALED_SEGMENT


def whole_segments(staged_size: int) -> int:
    """Return how many whole segments an unfinished blob of this size holds."""
    return max(staged_size - HEADER, 0) // SEALED_SEGMENT


def segment_count(sealed_size: int) -> int:
    """Return how many segments a committed blob of this size has; raise SealBroken."""
    count, rest = divmod(sealed_size - HEADER, SEALED_SEGMENT)
    if sealed_size < HEADER or rest < OVERHEAD:
        raise SealBroken("a stored original is cut short")
    return count + 1


def plain_size(sealed_size: int) -> int:
    """Return the plaintext size of a committed blob; raise SealBroken."""
    return sealed_size - HEADER - segment_count(sealed_size) * OVERHEAD


def apply_patches(data: bytes, offset: int, patches: Sequence[Patch]) -> bytes:
    """Return data, which lies at `offset` of a file, with the patches of that file laid over it."""
    touching = [
        (at - offset, new) for at, new in patches if at < offset + len(data) and at + len(new) > offset
    ]
    if not touching:
        return data
    patched = bytearray(data)
    for at, new in touching:
        start, end = max(at, 0), min(at + len(new), len(data))
        patched[start:end] = new[start - at : end - at]
    return bytes(patched)
