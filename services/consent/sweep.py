"""Holding retention: what its time has come for goes, whether anybody asks or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.consent.retention import retention_of
from services.domain.accounts import ACCOUNT_ID, AuditAction, Planned, audit
from services.domain.consuming import pause, where
from services.domain.errors import NotFound, StoryrollError
from services.domain.facets import Appearances, Faces, Facet, Original, Person
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.merges import is_cared_for, renumbered
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clearing, Clock, Unobserved, Vault, WorkObserver
from services.domain.records import AssetState, Kind, Query, Record, StoryState
from services.domain.retention import KeepOriginals, Released, Retention, without_bystanders
from services.domain.stories.story import Story

_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})
_PAGE = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of one owner took away."""

    originals: int = 0
    faces: int = 0


class SweepRetention:
    """Takes away originals that were released, and faces of people who were not seen for long."""

    def __init__(
        self, catalog: Catalog, vault: Vault, clock: Clock, observer: WorkObserver = Unobserved()
    ) -> None:
        self._catalog = catalog
        self._vault = vault
        self._clock = clock
        self._observer = observer

    async def run(self, stop: asyncio.Event, every: float) -> None:
        """Sweep everybody now and every so many seconds until `stop` is set; no outage ends it."""
        while not stop.is_set():
            try:
                swept = [await self(owner) for owner in await self._catalog.owners()]
                self._observer.swept(Clearing.RETENTION, sum(each.originals + each.faces for each in swept))
            except StoryrollError as error:
                _log.warning("the sweep goes on later: %s", type(error).__name__)
            except Exception as error:
                _log.error("the sweep failed and goes on later: %s", where(error))
            await pause(every, stop)

    async def __call__(self, owner: OwnerId) -> Swept:
        """Sweep one owner; done again after a crash, it completes what is left."""
        retention, now = await retention_of(self._catalog, owner), self._clock.now()
        return Swept(
            await self._release_originals(owner, retention, now),
            await self._forget_bystanders(owner, now - timedelta(days=retention.bystander_days), now),
        )

    async def _release_originals(self, owner: OwnerId, retention: Retention, now: datetime) -> int:
        if retention.originals is KeepOriginals.FOR_EVER:
            return 0
        planned, shown = await self._all_planned(owner), await self._shown(owner, now)
        count = 0
        async for record in self._assets(owner, frozenset({Original, Released}), _SETTLED):
            original = record.get(Original)
            if original is None or record.get(Released) is not None:
                continue
            seen = AssetId(record.id) in shown
            if retention.releases(original.uploaded_at, now, planned=planned, shown=seen):
                await self._release(owner, record.id, original, now)
                count += 1
        return count

    async def _release(self, owner: OwnerId, asset: str, original: Original, now: datetime) -> None:
        """Delete first, then say so: a crash in between deletes again."""
        await self._vault.delete(owner, original.blob_key)
        async with self._catalog.transaction(owner) as tx:
            await tx.get(Kind.ASSET, asset)
            await tx.put(Kind.ASSET, asset, Released(now))
            await audit(tx, AuditAction.ORIGINALS_RELEASED, now, subject=asset)

    async def _all_planned(self, owner: OwnerId) -> bool:
        """Tell whether the last plan knew of everything that was looked at."""
        try:
            planned = (await self._catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)).get(Planned)
        except NotFound:
            return False
        settled = await self._catalog.count(owner, Kind.ASSET, Query(states=_SETTLED))
        return planned is not None and planned.assets >= settled

    async def _shown(self, owner: OwnerId, now: datetime) -> frozenset[AssetId]:
        """Return what is in a story that its owner has not dismissed and that has not expired."""
        records = await self._catalog.find(owner, Kind.STORY, Query(facets=frozenset({Story})))
        living = (record.get(Story) for record in records if not _is_over(record, now))
        return frozenset(item.asset_id for story in living if story for item in story.media)

    async def _forget_bystanders(self, owner: OwnerId, before: datetime, now: datetime) -> int:
        people = await self._catalog.find(owner, Kind.PERSON, Query(facets=frozenset({Person})))
        last_upload = await self._last_uploads(owner)
        kept = frozenset(PersonId(r.id) for r in people if _stays(r, last_upload, before))
        telling = [r.id for r in people if (person := r.get(Person)) and person.denied]
        count = 0
        async for record in self._assets(owner, frozenset({Original, Faces, Appearances})):
            original, faces = record.get(Original), record.get(Faces)
            if original is None or faces is None or original.uploaded_at > before:
                continue
            left = without_bystanders(faces, record.get(Appearances), kept)
            if missing := len(faces.faces) - len(left[0].faces):
                await self._forget(owner, AssetId(record.id), left, telling)
                count += missing
        gone = [record.id for record in people if record.id not in kept]
        if gone or count:
            await self._close(owner, gone, count, now)
        return count

    async def _last_uploads(self, owner: OwnerId) -> Mapping[PersonId, datetime]:
        """Return when a picture of each person last came."""
        last: dict[PersonId, datetime] = {}
        async for record in self._assets(owner, frozenset({Original, Appearances})):
            original, appearances = record.get(Original), record.get(Appearances)
            for person in appearances.people if original and appearances else ():
                if person and original:
                    last[person] = max(last.get(person, original.uploaded_at), original.uploaded_at)
        return last

    async def _forget(
        self,
        owner: OwnerId,
        asset: AssetId,
        left: tuple[Faces, Appearances, tuple[int, ...]],
        telling: Sequence[str],
    ) -> None:
        """Leave some faces of an asset; what the owner said of them is told to those whom they are not."""
        faces, appearances, positions = left
        async with self._catalog.transaction(owner) as tx:
            await tx.get(Kind.ASSET, asset)
            await tx.put(Kind.ASSET, asset, faces, appearances)
            for id_ in telling:
                person = (await tx.get(Kind.PERSON, id_)).require(Person)
                if any(of == asset for of, _ in person.denied):
                    await tx.put(Kind.PERSON, id_, renumbered(person, asset, positions))

    async def _close(self, owner: OwnerId, gone: list[str], count: int, now: datetime) -> None:
        async with self._catalog.transaction(owner) as tx:
            people = await tx.find(Kind.PERSON, Query(facets=frozenset({Person})))
            named = {r.id for r in people if (person := r.get(Person)) and is_cared_for(person)}
            await tx.delete(Kind.PERSON, [id_ for id_ in gone if id_ not in named])
            await audit(tx, AuditAction.BYSTANDERS_FORGOTTEN, now, count=count)
            await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, "", now))

    async def _assets(
        self, owner: OwnerId, facets: frozenset[type[Facet]], states: frozenset[str] = frozenset()
    ) -> AsyncIterator[Record]:
        after = None
        while True:
            query = Query(states=states, after=after, limit=_PAGE, facets=facets)
            page = await self._catalog.find(owner, Kind.ASSET, query)
            for record in page:
                yield record
            if len(page) < _PAGE:
                return
            after = (page[-1].time, page[-1].id)


def _is_over(record: Record, now: datetime) -> bool:
    story = record.get(Story)
    if record.state in (StoryState.SAVED, StoryState.SHARED):
        return False
    expired = story is not None and story.expires is not None and story.expires <= now.date()
    return record.state == StoryState.DISMISSED or expired


def _stays(record: Record, last_upload: Mapping[PersonId, datetime], before: datetime) -> bool:
    """Tell whether the owner decided anything about somebody, or they came up lately."""
    person = record.get(Person)
    seen = last_upload.get(PersonId(record.id))
    return (person is not None and is_cared_for(person)) or (seen is not None and seen > before)
