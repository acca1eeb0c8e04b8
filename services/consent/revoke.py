"""Taking consent back: keys first, then data, then a receipt.

Once the keys are gone, what they sealed is noise everywhere, in backups too; all that follows is tidying up.
A crash on the way leaves noise that nobody can read, and taking back again completes it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from services.consent.consent import ConsentKeeper, grants_in
from services.consent.receipts import signed_receipt
from services.domain.accounts import ACCOUNT_ID, AuditAction, ConsentState, Receipt, audit
from services.domain.consent import Consent, Scope
from services.domain.errors import InvalidArgument, NotFound
from services.domain.facets import Description, Original
from services.domain.identity import OwnerId
from services.domain.media import CaptureTimeSource
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, KeyRing, Signals, Signer, Transaction, Vault
from services.domain.records import AssetState, Erasure, Kind, Query
from services.domain.retention import Released
from services.domain.stories.story import Story


class RevokeConsent:
    """Destroys what scopes allowed."""

    def __init__(
        self,
        catalog: Catalog,
        keyring: KeyRing,
        vault: Vault,
        clock: Clock,
        *,
        signer: Signer,
        signals: Signals,
    ) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._vault = vault
        self._clock = clock
        self._signer = signer
        self._signals = signals
        self._consent = ConsentKeeper(catalog, keyring, clock)

    async def __call__(self, owner: OwnerId, scopes: Collection[Scope]) -> tuple[Consent, Receipt]:
        """Take scopes back; return what is still granted, and the receipt.

        Taking back CLOUD_PROCESSING takes back all and erases every original. Taking back what was never
        granted is no error and erases nothing. Raises InvalidArgument for no scope.
        """
        if not scopes:
            raise InvalidArgument("name at least one scope to take back")
        doomed = frozenset(Scope) if Scope.CLOUD_PROCESSING in scopes else frozenset(scopes)
        await self._keyring.destroy(owner, doomed, account=False)
        erased = await self._catalog.erase(owner, doomed)
        if Scope.CLOUD_PROCESSING in doomed:
            erased += await self._vault.erase(owner)
        erased += await self._close(owner, doomed)
        self._signals.notify(f"stories:{owner}")
        receipt = signed_receipt(self._signer, owner, doomed, erased, self._clock.now())
        return await self._consent.get(owner), receipt

    async def _close(self, owner: OwnerId, doomed: frozenset[Scope]) -> Erasure:
        """Record what is left, withdraw stories that lost what they told, and say so to all who plan."""
        now = self._clock.now()
        try:
            await self._catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)
        except NotFound:
            return Erasure()
        async with self._catalog.transaction(owner) as tx:
            living = await self._keyring.scopes(owner)
            left = tuple(grant for grant in await grants_in(tx) if grant.scope in living)
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, ConsentState(left))
            withdrawn = await _withdraw_emptied_stories(tx)
            await _describe_again(tx, owner, now)
            await audit(
                tx, AuditAction.CONSENT_REVOKED, now, count=len(doomed), detail=", ".join(sorted(doomed))
            )
            await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, "", now))
        return Erasure(records=withdrawn)


async def _describe_again(tx: Transaction, owner: OwnerId, now: datetime) -> None:
    """Send assets back to metadata whose description rested on what was taken back."""
    settled = frozenset({AssetState.DESCRIBED, AssetState.ANALYSED, AssetState.UNREADABLE})
    facets = frozenset({Original, Description, Released})
    for record in await tx.find(Kind.ASSET, Query(states=settled, facets=facets)):
        original = record.get(Original)
        if original is None or record.get(Description) is not None:
            continue
        time = original.hint or original.uploaded_at
        if record.get(Released):
            await tx.put(Kind.ASSET, record.id, _by_sender(original), time=time, state=AssetState.UNREADABLE)
        else:
            await tx.put(Kind.ASSET, record.id, time=time, state=AssetState.STORED)
            await tx.publish(Message.of(MessageType.ASSET_STORED, owner, record.id, now))


def _by_sender(original: Original) -> Description:
    """Describe a file whose original was released, which cannot be read again, by what its sender said."""
    source = CaptureTimeSource.HINT if original.hint else CaptureTimeSource.UPLOAD
    time = original.hint or original.uploaded_at
    return Description(time, source, readable=False, reason="its original is no longer kept")


async def _withdraw_emptied_stories(tx: Transaction) -> int:
    """Delete what is left of stories (that they were shared, say) whose text and pictures are gone."""
    stories = await tx.find(Kind.STORY, Query(facets=frozenset({Story})))
    emptied = [record.id for record in stories if record.get(Story) is None]
    return await tx.delete(Kind.STORY, emptied) if emptied else 0
