"""Describing a stored asset: when and where it was taken, by what, and what it belongs with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.domain import capture_time
from services.domain.accounts import AuditAction, audit, consent_of, put_if_allowed
from services.domain.capture import MediaFacts
from services.domain.consent import Scope
from services.domain.duplicates import WINDOW, Shot, link
from services.domain.errors import Conflict, ConsentRequired, NotFound, UnreadableMedia
from services.domain.facets import Content, Description, Location, LocationTags, Original
from services.domain.identity import AssetId
from services.domain.media import CaptureTimeSource
from services.domain.messages import Message, MessageType
from services.domain.ports import (
    Catalog,
    Clock,
    Gazetteer,
    MediaProbe,
    Step,
    Transaction,
    Unobserved,
    Vault,
    WorkObserver,
)
from services.domain.records import AssetState, Kind, Query, Record
from services.domain.screenshots import is_screenshot

_NEIGHBOURS = 100
"""Assets looked at on either side of a new one: enough for any burst, and bounded where a whole
library bears the date on which it was copied."""


class DescribeAsset:
    """Consumes AssetStored: probes the file, stores what it says of itself, and says AssetDescribed.

    Delivering the same message twice describes once. When LOCATION was granted since, the second
    delivery adds the place.

    Args:
        catalog: Where descriptions go.
        vault: Where originals come from.
        probe: Reads files.
        gazetteer: Names places.
        clock: For the audit log.
        default_zone: IANA zone of the owner, for times of unknown place.
        observer: Is told how long files are read.
    """

    def __init__(
        self,
        catalog: Catalog,
        vault: Vault,
        probe: MediaProbe,
        gazetteer: Gazetteer,
        clock: Clock,
        *,
        default_zone: str = "UTC",
        observer: WorkObserver = Unobserved(),
    ) -> None:
        self._catalog = catalog
        self._vault = vault
        self._probe = probe
        self._gazetteer = gazetteer
        self._clock = clock
        self._default_zone = default_zone
        self._observer = observer

    async def __call__(self, message: Message) -> None:
        """Describe the asset that the message names, unless it or its consent is gone meanwhile.

        Raises Unavailable when the vault or the catalog is away: the message then waits.
        """
        consent = await consent_of(self._catalog, message.owner)
        location = consent.allows(Scope.LOCATION)
        try:
            record = await self._catalog.get(message.owner, Kind.ASSET, message.subject)
            if Original not in record.facets or _is_described(record, location=location):
                return
            await self._describe(message, record, location=location)
        except NotFound:
            return
        except ConsentRequired as missing:
            if missing.scope == Scope.LOCATION:
                raise Conflict("LOCATION was taken back meanwhile: describe again without it") from missing

    async def _describe(self, message: Message, record: Record, *, location: bool) -> None:
        original, tags = record.require(Original), record.get(LocationTags)
        patches = tags.patches if tags and location else ()
        try:
            async with self._vault.as_file(message.owner, original.blob_key, patches) as path:
                with self._observer.step(Step.PROBE):
                    facts = await self._probe.probe(path, original.media_type, location=location)
        except UnreadableMedia as unreadable:
            description = self._undescribed(original, str(unreadable))
            await self._settle(message, original, description, None)
            return
        place = self._locate(facts)
        await self._settle(message, original, self._description(original, facts, place), place)

    def _locate(self, facts: MediaFacts) -> Location | None:
        if facts.coordinates is None:
            return None
        return Location(facts.coordinates, self._gazetteer.place(facts.coordinates))

    def _description(self, original: Original, facts: MediaFacts, location: Location | None) -> Description:
        when = capture_time.resolve(
            facts,
            original.filename,
            original.hint,
            uploaded_at=original.uploaded_at,
            time_zone=self._gazetteer.time_zone(location.coordinates) if location else None,
            default_zone=self._default_zone,
        )
        return Description(
            capture_time=when.at,
            capture_time_source=when.source,
            orientation=facts.orientation,
            width=facts.width,
            height=facts.height,
            duration=facts.duration,
            camera=facts.camera,
            perceptual_hash=facts.perceptual_hash,
            screenshot=is_screenshot(facts, original.filename, original.media_type),
            motion_photo=facts.motion_photo,
            content_id=facts.content_id,
            rests_on=_rests_on(when.source, location),
        )

    def _undescribed(self, original: Original, reason: str) -> Description:
        """Describe a file that cannot be read by its name and its sender alone."""
        described = self._description(original, MediaFacts(), None)
        return replace(described, readable=False, reason=reason)

    async def _settle(
        self, message: Message, original: Original, description: Description, location: Location | None
    ) -> None:
        """Store everything at once, and say what comes next: a look, or for unreadable files nothing."""
        now = self._clock.now()
        state = AssetState.DESCRIBED if description.readable else AssetState.UNREADABLE
        then = MessageType.ASSET_DESCRIBED if description.readable else MessageType.ASSET_ANALYSED
        async with self._catalog.transaction(message.owner) as tx:
            await tx.get(Kind.ASSET, message.subject)
            asset = AssetId(message.subject)
            if description.readable:
                description = await _linked(tx, Shot.of(asset, original, description), description)
            await tx.put(Kind.ASSET, asset, description, time=description.capture_time, state=state)
            if location is not None:
                await put_if_allowed(tx, Kind.ASSET, asset, location)
            await audit(tx, AuditAction.ASSET_DESCRIBED, now, subject=asset, detail=description.reason)
            await tx.publish(Message.of(then, message.owner, asset, now))


def _rests_on(source: CaptureTimeSource, location: Location | None) -> frozenset[Scope]:
    """Return LOCATION where the local time was found by the place, not told by the camera itself."""
    if location is None or source is CaptureTimeSource.EXIF_OFFSET:
        return frozenset()
    return frozenset({Scope.LOCATION})


def _is_described(record: Record, *, location: bool) -> bool:
    """Tell whether nothing is left to add: described, and located if that is allowed now."""
    return record.get(Description) is not None and (not location or record.get(Location) is not None)


async def _linked(tx: Transaction, new: Shot, description: Description) -> Description:
    """Link the new shot with its neighbours: store theirs, return its own description with the links."""
    neighbours = {record.id: record for record in await _neighbours(tx, new)}
    shots = [shot for shot in map(Shot.from_record, neighbours.values()) if shot is not None]
    changed = dict(link(new, shots))
    description = _with_links(description, changed.pop(new.id))
    for id_, shot in changed.items():
        theirs = neighbours[id_].require(Description)
        await tx.put(Kind.ASSET, id_, _with_links(theirs, shot))
    return description


async def _neighbours(tx: Transaction, new: Shot) -> list[Record]:
    """Return the assets around the new one in time, and those that share its Live Photo identifier."""
    around = partial(Query, facets=frozenset({Original, Description, Content}), limit=_NEIGHBOURS)
    queries = [
        around(since=new.at - WINDOW, until=new.at, newest_first=True),
        around(since=new.at, until=new.at + WINDOW),
    ]
    if new.content_id:
        queries.append(around(labels=(("content_id", new.content_id),)))
    return [record for query in queries for record in await tx.find(Kind.ASSET, query)]


def _with_links(description: Description, shot: Shot) -> Description:
    return replace(description, duplicate_of=shot.duplicate_of, burst=shot.burst, pair=shot.pair)
