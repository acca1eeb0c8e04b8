"""Remembers, beside what was built, what it was built from."""

import json
from pathlib import Path

from inference_core.models.cache import replacing

_NAME = "built.json"


def record(folder: Path, fingerprint: str) -> None:
    """Notes that what is in `folder` is whole and was built from what `fingerprint` stands for.

    Raises:
        CacheNotWritable: The disk is full or closed to us.
    """
    with replacing(folder / _NAME) as file:
        file.write(json.dumps({"fingerprint": fingerprint}).encode())


def is_recorded(folder: Path, fingerprint: str) -> bool:
    """Says whether `folder` holds what is built from just this."""
    try:
        noted = json.loads((folder / _NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(noted, dict) and noted.get("fingerprint") == fingerprint
