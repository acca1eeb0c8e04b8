"""Which stories an owner sees, in which order, and how each picture is explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.domain.errors import NotFound
from services.domain.facets import Appearances, Person
from services.domain.identity import PersonId, StoryId
from services.domain.records import Kind, StoryState
from services.suggestion.stories import Stories, rank
from tests.stored_library import ANA, BEN, LISBON, NOW, StoredLibrary, seen, story

AT = datetime(2024, 5, 3, 14, 5, tzinfo=UTC)
TODAY = NOW.date()
TOMORROW = date(2024, 5, 11)
IN_TWO_DAYS = date(2024, 5, 12)


@pytest.fixture
def stories(library: StoredLibrary) -> Stories:
    return Stories(library.catalog, library.clock)


async def ids(stories: Stories, *, dismissed: bool = False) -> list[str]:
    return [record.id for record in await stories.shown(ANA, include_dismissed=dismissed)]


@pytest.mark.parametrize(
    ("due", "expires", "state", "shown"),
    [
        (TODAY, TOMORROW, StoryState.PROPOSED, True),
        (TODAY, None, StoryState.PROPOSED, True),
        (TOMORROW, None, StoryState.PROPOSED, True),  # it has begun east of us
        (IN_TWO_DAYS, None, StoryState.PROPOSED, False),
        (AT.date(), TODAY, StoryState.PROPOSED, False),
        (AT.date(), TODAY, StoryState.SAVED, True),
        (AT.date(), TODAY, StoryState.SHARED, True),
        (TODAY, TOMORROW, StoryState.DISMISSED, False),
    ],
)
async def test_a_story_is_shown_while_it_is_due_and_wanted(
    library: StoredLibrary,
    stories: Stories,
    due: date,
    expires: date | None,
    state: StoryState,
    shown: bool,
) -> None:
    await library.tell(story("s", "a", due=due, expires=expires), state=state)
    assert await ids(stories) == (["s"] if shown else [])


async def test_dismissed_ones_are_shown_where_asked_for(library: StoredLibrary, stories: Stories) -> None:
    await library.tell(story("kept", "a"))
    await library.tell(story("gone", "a", score=0.9), state=StoryState.DISMISSED)
    await library.tell(story("later", "a", due=IN_TWO_DAYS))
    assert await ids(stories) == ["kept"]
    assert await ids(stories, dismissed=True) == ["gone", "kept"]


async def test_the_best_comes_first_and_equals_keep_their_order(
    library: StoredLibrary, stories: Stories
) -> None:
    await library.tell(*(story(id_, "a", score=score) for id_, score in (("c", 0.5), ("b", 0.5), ("a", 0.9))))
    await library.tell(story("d", "a", score=0.4), state=StoryState.SAVED)
    assert await ids(stories) == ["a", "b", "c", "d"]


async def test_pages_go_on_where_the_last_ended_even_if_it_is_withdrawn(
    library: StoredLibrary, stories: Stories
) -> None:
    await library.tell(*(story(id_, "a") for id_ in "abcde"))
    first = await stories.page(ANA, None, 2)
    await library.remove(Kind.STORY, "b")
    second = await stories.page(ANA, rank(first[-1]), 2)
    third = await stories.page(ANA, rank(second[-1]), 2)
    assert ["".join(record.id for record in page) for page in (first, second, third)] == ["ab", "cd", "e"]


async def test_an_explanation_tells_when_where_who_and_what(library: StoredLibrary, stories: Stories) -> None:
    await library.add("plain", AT)
    await library.add("full", AT, LISBON, seen("full", "beach", "sunset"), who=("maria", "tom", "eve"))
    await library.name("p1", Person("Maria"), "full")
    await library.name("p2", Person("Tom", hidden=True))
    await library.name("p3", Person())
    people = (PersonId("p1"), PersonId("p2"), PersonId("p3"))
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "full", Appearances(people))
    await library.tell(story("s", "full", "plain", "deleted", evidence=("2 photos", "Maria in 1 of them")))
    explained = await stories.explain(ANA, StoryId("s"))
    assert explained.story.evidence == ("2 photos", "Maria in 1 of them")
    assert [(item.asset_id, str(item.reason)) for item in explained.media] == [
        ("full", "taken on 3 May 2024 at 14:05; in Lisbon; with Maria; shows beach; quality 70%"),
        ("plain", "taken on 3 May 2024 at 14:05"),
    ]


async def test_a_story_of_somebody_else_is_not_there(library: StoredLibrary, stories: Stories) -> None:
    await library.add("a", AT)
    await library.tell(story("s", "a"))
    await replace(library, owner=BEN).grant()
    assert await stories.shown(BEN) == []
    for id_ in ("s", "no such"):
        with pytest.raises(NotFound, match=f"there is no story {id_}"):
            await stories.get(BEN, StoryId(id_))
        with pytest.raises(NotFound):
            await stories.explain(BEN, StoryId(id_))
