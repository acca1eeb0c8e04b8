"""What a library says twice: of each photo, each person and each story there shall be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from services.domain.facets import Appearances, Person
from services.domain.identity import OwnerId
from services.domain.ports import Catalog
from services.domain.records import Kind
from services.domain.stories.story import AlbumEvent, Story


async def told_twice(catalog: Catalog, owner: OwnerId) -> int:
    """Count photos in two events, stories of one kind that show the same, and people counted wrongly.

    Somebody is counted wrongly who is in one photo twice, or whose faces are not as many as their photos.
    """
    events = [record.require(AlbumEvent) for record in await catalog.find(owner, Kind.EVENT)]
    stories = [record.require(Story) for record in await catalog.find(owner, Kind.STORY)]
    people = {record.id: record.require(Person) for record in await catalog.find(owner, Kind.PERSON)}
    seen: Counter[str] = Counter()
    twice = 0
    for record in await catalog.find(owner, Kind.ASSET):
        appearances = record.get(Appearances)
        known = [person for person in appearances.people if person] if appearances else []
        twice += _repeated(known)
        seen.update(known)
    twice += _repeated(asset for event in events for asset in event.asset_ids)
    twice += _repeated((story.kind, story.asset_ids) for story in stories)
    return twice + sum(person.face_count != seen[id_] for id_, person in people.items())


def _repeated(items: Iterable[Hashable]) -> int:
    return sum(count - 1 for count in Counter(items).values())
