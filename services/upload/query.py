"""Telling how far one write has come."""

from __future__ import annotations

from services.domain.identity import OwnerId
from services.domain.ports import Catalog, KeyRing, Vault
from services.upload.check import AssetCheck, CheckAssets


class QueryWrite:
    """Answers for one hash, after a write broke off."""

    def __init__(self, catalog: Catalog, vault: Vault, keyring: KeyRing) -> None:
        self._check = CheckAssets(catalog, vault, keyring)

    async def __call__(self, owner: OwnerId, sha256: bytes) -> AssetCheck:
        """Return what is known of the file; raise InvalidArgument, ConsentRequired."""
        (check,) = await self._check(owner, [sha256])
        return check
