"""Who and what things are called: identifiers of owners, assets, people and stories."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import NewType
from urllib.parse import quote

OwnerId = NewType("OwnerId", str)
AssetId = NewType("AssetId", str)
PersonId = NewType("PersonId", str)
EventId = NewType("EventId", str)
StoryId = NewType("StoryId", str)


def new_id() -> str:
    """Return a fresh identifier: 26 hex digits, time-ordered (48-bit milliseconds, 56 random bits)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


def stable_id(*parts: str) -> str:
    """Return the identifier that the same parts always have: 26 hex digits of their SHA-256."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:26]


def owner_prefix(owner: OwnerId) -> str:
    """Return what every blob key of an owner begins with; no owner's is the beginning of another's."""
    return f"{quote(owner, safe='')}/"


def original_key(owner: OwnerId, asset: AssetId) -> str:
    """Return the blob key of an asset's original."""
    return f"{owner_prefix(owner)}originals/{asset}"
