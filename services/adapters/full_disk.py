"""Telling a full disk from a broken one: what there is no room for now may be stored later."""

from __future__ import annotations

import errno
from typing import Final

from services.domain.errors import Unavailable

RETRY_AFTER: Final = 5.0
"""Seconds; room is seldom made faster."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full file system, a quota, a limit on the size of files."""


def is_full(error: OSError) -> bool:
    """Tell whether a write failed for lack of room."""
    return error.errno in _NO_ROOM


def no_room(where: str) -> Unavailable:
    """Return what callers are told when there is no room there."""
    return Unavailable(f"there is no room left on the disk for {where}; try again later", RETRY_AFTER)
