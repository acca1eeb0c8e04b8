"""Events, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.domain.identity import AssetId, EventId
from services.domain.records import Kind
from services.domain.stories.story import AlbumEvent
from services.metadata.events import Events
from tests.stored_library import ANA, BEN, StoredLibrary

START = datetime(2024, 5, 3, 14, tzinfo=UTC)


async def test_events_are_paged_oldest_first_for_their_owner(library: StoredLibrary) -> None:
    async with library.catalog.transaction(ANA) as tx:
        for number, id_ in enumerate("edcba"):
            start = START + number * timedelta(days=1)
            event = AlbumEvent(EventId(id_), start, start + timedelta(hours=1), (AssetId("x"),))
            await tx.put(Kind.EVENT, id_, event, time=start)
    events = Events(library.catalog)
    first = await events.page(ANA, None, 3)
    rest = await events.page(ANA, (first[-1].time, first[-1].id), 3)
    assert ["".join(record.id for record in page) for page in (first, rest)] == ["edc", "ba"]
    assert first[0].require(AlbumEvent).asset_ids == ("x",)
    assert await events.page(BEN, None, 3) == []
