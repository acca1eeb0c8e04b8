"""The master key: kept in a file of its own, replaced without touching anything that data keys seal.

A rotation writes the next key beside the present one, wraps every data key anew in one transaction, and lets
the next file take the place of the present. Killed at any moment it can be completed: while there is a next
file, a data key may be wrapped under either.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from services.adapters.rows import KeyRow, RowStore
from services.adapters.sealed.sealing import KEY_BYTES, AesSealingKey, context
from services.adapters.sealed.secret_file import load_or_create, sync_folder
from services.domain.errors import FailedPrecondition, SealBroken


def file_master_key(path: Path) -> AesSealingKey:
    """Return the master key kept in this file, which is made on first use; raise FailedPrecondition."""
    return AesSealingKey(load_or_create(path, lambda: os.urandom(KEY_BYTES)))


def wrapping(owner: str, name: str) -> bytes:
    """Return what the wrapping of a data key is bound to, so that it is of use in its own place only."""
    return context("data key", owner, name)


async def rotate_master_key(path: Path, rows: RowStore) -> int:
    """Replace the master key in this file; return how many data keys were wrapped anew.

    No other process may use the keys meanwhile. Raises FailedPrecondition where a data key opens under
    neither key.
    """
    await asyncio.to_thread(file_master_key, _next(path))
    return await finish_rotation(path, rows)


async def finish_rotation(path: Path, rows: RowStore) -> int:
    """Complete a rotation that was begun; return how many data keys were wrapped anew, 0 without one."""
    if not await asyncio.to_thread(_next(path).exists):
        return 0
    present = await asyncio.to_thread(file_master_key, path)
    new = await asyncio.to_thread(file_master_key, _next(path))
    async with rows.write() as changes:
        keys = [_rewrapped(key, present, new) for key in await changes.keys.everybodys()]
        await changes.keys.replace(keys)
    await rows.purge()
    await asyncio.to_thread(_replace, _next(path), path)
    return len(keys)


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _replace(fresh: Path, path: Path) -> None:
    fresh.replace(path)
    sync_folder(path.parent)


def _rewrapped(key: KeyRow, present: AesSealingKey, new: AesSealingKey) -> KeyRow:
    bound_to = wrapping(key.owner, key.name)
    for master in (present, new):
        try:
            return KeyRow(key.owner, key.name, new.seal(master.open(key.wrapped, bound_to), bound_to))
        except SealBroken:
            continue
    raise FailedPrecondition(
        "a data key was wrapped by neither master key: is this the right folder of keys?"
    )
