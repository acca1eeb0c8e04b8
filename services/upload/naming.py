"""What an upload is called before it is an asset: known from its hash alone, to its owner's key alone."""

from __future__ import annotations

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument
from services.domain.identity import AssetId, OwnerId
from services.domain.ports import KeyRing, SealingKey

SHA256_BYTES = 32
_SCOPES = frozenset({Scope.CLOUD_PROCESSING})


async def naming_key(keyring: KeyRing, owner: OwnerId) -> SealingKey:
    """Return what an owner's assets are named with; this is the consent gate: raises ConsentRequired."""
    return await keyring.key(owner, _SCOPES)


def expect_hash(sha256: bytes) -> None:
    """Raise InvalidArgument for a hash of another length."""
    if len(sha256) != SHA256_BYTES:
        raise InvalidArgument(f"a SHA-256 has {SHA256_BYTES} bytes, not {len(sha256)}")


def named(key: SealingKey, sha256: bytes) -> AssetId:
    """Return the id that a file of this hash has: 26 hex digits, the same at every try.

    So a write that is retried after a crash meets what the first try left. The id is a keyed hash: whoever
    sees it cannot tell which file it is.
    """
    return AssetId(key.digest(b"asset" + sha256).hex()[:26])


async def asset_id(keyring: KeyRing, owner: OwnerId, sha256: bytes) -> AssetId:
    """Return a file's id; raise ConsentRequired where CLOUD_PROCESSING is not granted, InvalidArgument."""
    expect_hash(sha256)
    return named(await naming_key(keyring, owner), sha256)
