"""Looking at a described asset, as far as its owner allows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from services.domain.accounts import AuditAction, audit, consent_of, put_if_allowed
from services.domain.consent import Scope
from services.domain.errors import NotFound, UnreadableMedia
from services.domain.facets import Content, Description, Faces, Facet, Original
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Sight, Transaction, Vault, Vision
from services.domain.records import AssetState, Kind, Record

_FACET_OF_SCOPE: dict[Scope, type[Facet]] = {Scope.FACES: Faces, Scope.CONTENT: Content}


class AnalyseAsset:
    """Consumes AssetDescribed: finds faces and content, stores them, and says AssetAnalysed.

    Delivering the same message twice looks once: a facet that is there is not made again.
    """

    def __init__(self, catalog: Catalog, vault: Vault, vision: Vision, clock: Clock) -> None:
        self._catalog = catalog
        self._vault = vault
        self._vision = vision
        self._clock = clock

    async def __call__(self, message: Message) -> None:
        """Analyse the asset that the message names; one that was deleted meanwhile is passed over.

        Raises Unavailable when the vault or the model server is away: the message then waits.
        """
        with suppress(NotFound):
            await self._analyse(message)

    async def _analyse(self, message: Message) -> None:
        record = await self._catalog.get(message.owner, Kind.ASSET, message.subject)
        try:
            sight = await self._look(record)
        except UnreadableMedia as unreadable:
            await self._settle_unreadable(message, str(unreadable))
        else:
            await self._settle(message, sight)

    async def _look(self, record: Record) -> Sight | None:
        """Look for what is allowed and still missing; None where that is nothing."""
        consent = await consent_of(self._catalog, record.owner)
        wanted = frozenset(
            scope
            for scope, facet in _FACET_OF_SCOPE.items()
            if consent.allows(scope) and facet not in record.facets
        )
        if not wanted:
            return None
        original = record.require(Original)
        async with self._vault.as_file(record.owner, original.blob_key) as path:
            return await self._vision.look(path, original.kind, wanted, record.owner)

    async def _settle(self, message: Message, sight: Sight | None) -> None:
        found = [facet for facet in (sight.faces, sight.content) if facet] if sight else []
        async with self._catalog.transaction(message.owner) as tx:
            record = await tx.get(Kind.ASSET, message.subject)
            if not found and record.state == AssetState.ANALYSED:
                return  # Delivered again: all that it leads to was committed the first time.
            for facet in found:
                await put_if_allowed(tx, Kind.ASSET, message.subject, facet)
            await tx.put(Kind.ASSET, message.subject, state=AssetState.ANALYSED)
            await self._announce(tx, message, detail=", ".join(facet.NAME for facet in found))

    async def _settle_unreadable(self, message: Message, reason: str) -> None:
        async with self._catalog.transaction(message.owner) as tx:
            record = await tx.get(Kind.ASSET, message.subject)
            description = replace(record.require(Description), readable=False, reason=reason)
            await tx.put(Kind.ASSET, message.subject, description, state=AssetState.UNREADABLE)
            await self._announce(tx, message, detail="unreadable")

    async def _announce(self, tx: Transaction, message: Message, detail: str) -> None:
        now = self._clock.now()
        await audit(tx, AuditAction.ASSET_ANALYSED, now, subject=message.subject, detail=detail)
        await tx.publish(Message.of(MessageType.ASSET_ANALYSED, message.owner, message.subject, now))
