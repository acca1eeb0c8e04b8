"""Telling which files are known, so that only the others travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.domain.errors import InvalidArgument
from services.domain.identity import AssetId, OwnerId, original_key
from services.domain.ports import Catalog, KeyRing, Vault
from services.domain.records import Kind
from services.upload.naming import expect_hash, named, naming_key

MOST_AT_ONCE = 1000


class UploadState(StrEnum):
    """How far a file has come."""

    KNOWN = "known"
    PARTIAL = "partial"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class AssetCheck:
    """What is known of one file."""

    sha256: bytes
    state: UploadState
    asset_id: AssetId | None = None
    """Set when it is known."""
    committed: int = 0
    """Bytes that are durable, of one that is partial."""


class CheckAssets:
    """Answers for up to 1 000 hashes at once."""

    def __init__(self, catalog: Catalog, vault: Vault, keyring: KeyRing) -> None:
        self._catalog = catalog
        self._vault = vault
        self._keyring = keyring

    async def __call__(self, owner: OwnerId, hashes: Sequence[bytes]) -> list[AssetCheck]:
        """Return what is known of each file, in the order asked; raise InvalidArgument, ConsentRequired."""
        if len(hashes) > MOST_AT_ONCE:
            raise InvalidArgument(f"ask for at most {MOST_AT_ONCE} hashes at once, not {len(hashes)}")
        for sha256 in hashes:
            expect_hash(sha256)
        key = await naming_key(self._keyring, owner)
        known = await self._catalog.lookup(owner, Kind.ASSET, hashes)
        # One listing, not a look at every stage: an owner has few, and on S3 each look is a request.
        unfinished = {} if len(known) == len(hashes) else await self._vault.unfinished(owner)

        def check(sha256: bytes) -> AssetCheck:
            if sha256 in known:
                return AssetCheck(sha256, UploadState.KNOWN, AssetId(known[sha256]))
            # Most owners have no unfinished upload at all: then no name is needed.
            here = unfinished and unfinished.get(original_key(owner, named(key, sha256)))
            return _unknown(sha256, here or 0)

        return list(map(check, hashes))


def _unknown(sha256: bytes, committed: int) -> AssetCheck:
    return AssetCheck(sha256, UploadState.PARTIAL if committed else UploadState.MISSING, committed=committed)
