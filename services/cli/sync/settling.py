"""Files that somebody still writes to are waited for."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

from services.cli.sync.walk import LocalFile, Walk

QUIET: Final = 2.0
"""Seconds for which a file must not have changed."""
_POLL: Final = 0.5


async def settled_files(walk: Walk, limit: float) -> AsyncIterator[LocalFile]:
    """Yield a folder's files, in the walk's order; those that are written to last, once they are not.

    What belongs together comes together: a photo waits for the video that is still copied beside it. After
    `limit` seconds, what is still written to is left out and counted.
    """
    groups = iter(walk.groups())
    late: list[list[LocalFile]] = []
    while found := await asyncio.to_thread(_next_of, groups):
        group, in_flux = found
        if in_flux:
            late.append(group)
            continue
        for file in group:
            yield file
    deadline = time.monotonic() + limit
    while late and time.monotonic() < deadline:
        await asyncio.sleep(_POLL)
        still: list[list[LocalFile]] = []
        for group in late:
            fresh = await asyncio.to_thread(walk.again, group)
            if await asyncio.to_thread(_any_in_flux, fresh):
                still.append(fresh)
                continue
            for file in fresh:
                yield file
        late = still
    walk.in_flux += sum(map(len, late))


def unchanged(file: LocalFile) -> bool:
    """Tell whether the file is as it was when it was found."""
    status = file.path.stat()
    return (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns)


def _next_of(groups: Iterator[list[LocalFile]]) -> tuple[list[LocalFile], bool] | None:
    """Return the next group, and whether it is still written to; None behind the last."""
    group = next(groups, None)
    return (group, _any_in_flux(group)) if group else None


def _any_in_flux(group: list[LocalFile]) -> bool:
    return any(_changed_just_now(file) or _open_for_writing(file) for file in group)


def _changed_just_now(file: LocalFile) -> bool:
    return 0 <= time.time() - file.modified_ns / 1e9 < QUIET


def _open_for_writing(file: LocalFile) -> bool:
    """Ask for a lease on reading, which Linux refuses while anybody has the file open for writing.

    False where the system does not tell: for other people's files, and on file systems of a network.
    """
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Whoever opens it meanwhile waits until the lease is given back; we would hear of it by this signal,
        # which is ignored unless somebody asks for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):
        return False
    finally:
        os.close(descriptor)
    return False
