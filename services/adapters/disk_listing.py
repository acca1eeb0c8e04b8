"""Listing the files of a store that may have a hundred thousand in one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from services.adapters.blob_names import escaped, unescaped


def files_of_time(base: Path, prefix: str, since: datetime, before: datetime, *, skip: str) -> Iterator[str]:
    """Yield the keys of files below a folder that were last written to in a time, in any order.

    Entries are read as they are asked for: nothing is sorted, and no folder is held as a whole.

    Args:
        base: Where keys begin.
        prefix: What they begin with.
        since: The first moment that counts, aware.
        before: The first one that does not.
        skip: The name of a folder in `base` that holds no blobs.
    """
    first, end = since.timestamp(), before.timestamp()
    start = base / escaped(prefix.rpartition("/")[0])
    for entry in _entries_below(start, base / skip):
        key = unescaped(entry.path.removeprefix(f"{base}/"))
        with suppress(FileNotFoundError):  # deleted meanwhile
            if key.startswith(prefix) and first <= entry.stat().st_mtime < end:
                yield key


def _entries_below(folder: Path, skipped: Path) -> Iterator[os.DirEntry[str]]:
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif Path(entry.path) != skipped:
                yield from _entries_below(Path(entry.path), skipped)
