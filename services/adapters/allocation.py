"""What the C library's allocator does with memory that is freed.

By default glibc gives every large buffer back to the kernel at once and asks for it anew, page by page: a
fresh buffer of 4 MB costs a thousand page faults, which take longer than sealing or hashing what goes into
it, on virtual machines many times as long.
"""

from __future__ import annotations

import ctypes
from typing import Final

KEPT: Final = 16 << 20
"""Bytes at the end of each of the allocator's arenas that are kept for the next buffer."""
_LARGEST: Final = 32 << 20
"""Buffers that are larger still come from the kernel and go back there; the most that glibc accepts."""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
"""Numbers of glibc's <malloc.h>."""


def keep_freed_memory() -> None:
    """Let the allocator of this process keep some memory that is freed, where it is glibc's."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, KEPT)
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
