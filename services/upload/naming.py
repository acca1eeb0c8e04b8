"""What an upload is called before it is an asset: known from its hash alone, to its owner's key alone."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument
from services.domain.identity import AssetId, OwnerId
from services.domain.ports import KeyRing

SHA256_BYTES = 32
_SCOPES = frozenset({Scope.CLOUD_PROCESSING})


async def asset_ids(keyring: KeyRing, owner: OwnerId, hashes: Sequence[bytes]) -> list[AssetId]:
    """Return the ids that files of these hashes have; see `asset_id`."""
    for sha256 in hashes:
        if len(sha256) != SHA256_BYTES:
            raise InvalidArgument(f"a SHA-256 has {SHA256_BYTES} bytes, not {len(sha256)}")
    key = await keyring.key(owner, _SCOPES)
    return [AssetId(key.digest(b"asset" + sha256).hex()[:26]) for sha256 in hashes]


async def asset_id(keyring: KeyRing, owner: OwnerId, sha256: bytes) -> AssetId:
    """Return the id that a file of this hash has: 26 hex digits, the same at every try.

    So a write that is retried after a crash meets what the first try left. The id is a keyed hash: whoever
    sees it cannot tell which file it is. This is also the consent gate: it raises ConsentRequired where
    CLOUD_PROCESSING is not granted, and InvalidArgument for a hash of another length.
    """
    (name,) = await asset_ids(keyring, owner, [sha256])
    return name
