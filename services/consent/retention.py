"""How long originals and unnamed faces are kept: the owner's choice."""

from __future__ import annotations

from services.domain.accounts import ACCOUNT_ID, AuditAction, audit
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired
from services.domain.identity import OwnerId
from services.domain.ports import Catalog, Clock, KeyRing
from services.domain.records import Kind, Query
from services.domain.retention import Retention


class RetentionKeeper:
    """Keeps one owner's choice."""

    def __init__(self, catalog: Catalog, keyring: KeyRing, clock: Clock) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._clock = clock

    async def get(self, owner: OwnerId) -> Retention:
        """Return what was chosen, or what holds where nothing was."""
        return await retention_of(self._catalog, owner)

    async def set(self, owner: OwnerId, retention: Retention) -> Retention:
        """Choose; the next sweep holds it.

        Raises:
            InvalidArgument: it cannot be meant.
            ConsentRequired: nothing may be kept at all.
        """
        retention.check()
        if Scope.CLOUD_PROCESSING not in await self._keyring.scopes(owner):
            raise ConsentRequired(Scope.CLOUD_PROCESSING)
        now = self._clock.now()
        detail = f"originals {retention.originals}; bystanders {retention.bystander_days} days"
        async with self._catalog.transaction(owner) as tx:
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, retention)
            await audit(tx, AuditAction.RETENTION_CHANGED, now, detail=detail)
        return retention


async def retention_of(catalog: Catalog, owner: OwnerId) -> Retention:
    """Return what an owner chose, or what holds where nothing was chosen."""
    found = await catalog.find(owner, Kind.ACCOUNT, Query(facets=frozenset({Retention})))
    return next((chosen for record in found if (chosen := record.get(Retention))), Retention())
