"""Blob keys as names that every store takes.

Everything but lower case letters, digits and "-_." is escaped, and a leading dot too, so that keys cannot
climb out of a folder, nor meet on a store that ignores case. Prefixes of keys are prefixes of their names.
"""

from __future__ import annotations

import string
from urllib.parse import unquote

_PLAIN = frozenset(string.ascii_lowercase + string.digits + "-_.")


def escaped(key: str) -> str:
    """Return the name of a key, or what the names of keys with this prefix begin with."""
    return "/".join(map(_segment, key.split("/")))


def unescaped(name: str) -> str:
    """Undo `escaped`."""
    return unquote(name)


def _segment(segment: str) -> str:
    name = "".join(c if c in _PLAIN else "".join(f"%{byte:02x}" for byte in c.encode()) for c in segment)
    return f"%2e{name[1:]}" if name.startswith(".") else name
