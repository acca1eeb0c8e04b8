"""What an owner allows: reading it and granting more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import Final

from services.domain.accounts import ACCOUNT_ID, AuditAction, ConsentState, audit, consent_of
from services.domain.consent import Consent, Grant, Scope
from services.domain.errors import Conflict, FailedPrecondition, InvalidArgument, NotFound
from services.domain.facets import Content, Faces, Facet
from services.domain.identity import OwnerId
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, KeyRing, Transaction
from services.domain.records import AssetState, Kind, Query
from services.domain.retention import Released

LOOKED_FOR: Final = MappingProxyType[Scope, type[Facet]]({Scope.FACES: Faces, Scope.CONTENT: Content})
"""What is looked for in the pictures themselves once a scope is granted."""
_READABLE: Final = frozenset({AssetState.DESCRIBED, AssetState.ANALYSED})
_BATCH: Final = 500
"""Messages in one transaction, so that a big library does not keep other writers waiting."""


class ConsentKeeper:
    """Keeps one owner's grants; the keys say what is truly in force, the record says since when."""

    def __init__(self, catalog: Catalog, keyring: KeyRing, clock: Clock) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._clock = clock

    async def get(self, owner: OwnerId) -> Consent:
        """Return what is granted now."""
        consent = await consent_of(self._catalog, owner)
        living = await self._keyring.scopes(owner)
        return Consent({scope: grant for scope, grant in consent.grants.items() if scope in living})

    async def grant(self, owner: OwnerId, scopes: Collection[Scope], terms_version: str) -> Consent:
        """Grant scopes, or renew them; return what is granted now.

        Assets that are already here and readable are looked at again for FACES and CONTENT, where they lack
        what the scope allows: AssetDescribed is published for each, and since it is published for what is
        lacking, not for what is new, granting again after a crash completes it. LOCATION has nothing to come
        back to: coordinates that arrived without it were never stored, so it counts for what comes from now
        on.

        Raises:
            InvalidArgument: no scope or no terms version.
            FailedPrecondition: CLOUD_PROCESSING, on which all others rest, is neither granted nor asked for.
            Conflict: consent was taken back at the same time.
        """
        if not scopes or not terms_version:
            raise InvalidArgument("name at least one scope and the version of the terms that the owner saw")
        if Scope.CLOUD_PROCESSING not in scopes:
            granted = await self.get(owner)
            if not granted.allows(Scope.CLOUD_PROCESSING):
                raise FailedPrecondition("grant CLOUD_PROCESSING first; the other scopes rest on it")
        for scope in (None, *scopes):
            await self._keyring.create(owner, scope)
        async with self._catalog.transaction(owner) as tx:
            await self._record(tx, owner, frozenset(scopes), terms_version)
        for scope in scopes:
            if scope in LOOKED_FOR:
                await self._look_again(owner, LOOKED_FOR[scope])
        return await self.get(owner)

    async def _record(
        self, tx: Transaction, owner: OwnerId, scopes: frozenset[Scope], terms_version: str
    ) -> None:
        now = self._clock.now()
        if not scopes <= await self._keyring.scopes(owner):
            raise Conflict("consent was taken back at the same time; ask what is in force and grant again")
        renewed = {scope: Grant(scope, terms_version, now) for scope in scopes}
        before = {grant.scope: grant for grant in await grants_in(tx)}
        grants = sorted((before | renewed).values(), key=lambda grant: grant.scope)
        await tx.put(Kind.ACCOUNT, ACCOUNT_ID, ConsentState(tuple(grants)))
        detail = f"{', '.join(sorted(scopes))}; terms {terms_version}"
        await audit(tx, AuditAction.CONSENT_GRANTED, now, count=len(scopes), detail=detail)
        await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, "", now))

    async def _look_again(self, owner: OwnerId, facet: type[Facet]) -> None:
        query = Query(states=_READABLE, facets=frozenset({facet, Released}))
        records = await self._catalog.find(owner, Kind.ASSET, query)
        lacking = [r.id for r in records if r.get(facet) is None and r.get(Released) is None]
        for start in range(0, len(lacking), _BATCH):
            now = self._clock.now()
            async with self._catalog.transaction(owner) as tx:
                for asset in await _existing(tx, lacking[start : start + _BATCH]):
                    await tx.put(Kind.ASSET, asset, state=AssetState.DESCRIBED)
                    await tx.publish(Message.of(MessageType.ASSET_DESCRIBED, owner, asset, now))


async def _existing(tx: Transaction, assets: Sequence[str]) -> list[str]:
    """Leave out assets that were deleted meanwhile."""
    present = {record.id for record in await tx.find(Kind.ASSET, Query(facets=frozenset()))}
    return [asset for asset in assets if asset in present]


async def grants_in(tx: Transaction) -> tuple[Grant, ...]:
    """Return the recorded grants as a transaction sees them."""
    try:
        state = (await tx.get(Kind.ACCOUNT, ACCOUNT_ID)).get(ConsentState)
    except NotFound:
        return ()
    return state.grants if state else ()
