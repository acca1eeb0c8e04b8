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
OccasionId = NewType("OccasionId", str)


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
    """Return what an asset's upload is called, and what its original is sealed as."""
    return f"{owner_prefix(owner)}originals/{asset}"


def fresh_blob_key(upload: str) -> str:
    """Return a key for the blob of an upload: another one every time, so that no name is ever used again."""
    return f"{upload}.{secrets.token_hex(8)}"


def upload_of(blob_key: str) -> str:
    """Return the name of the upload that a blob key was made of."""
    folder, slash, name = blob_key.rpartition("/")
    return f"{folder}{slash}{name.partition('.')[0]}"


def asset_of(blob_key: str) -> AssetId:
    """Return the asset that a blob key was made for."""
    return AssetId(upload_of(blob_key).rpartition("/")[2])
