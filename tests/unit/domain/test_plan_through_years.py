"""Planning over several years, with every kind of story: pure, within consent, and true in every sentence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import pytest

from services.domain.clocks import mend
from services.domain.consent import Scope
from services.domain.identity import PersonId
from services.domain.library import Library
from services.domain.stories.curation import MOST_SHARED
from services.domain.stories.plan import Plan, plan
from services.domain.stories.story import StoryKind
from tests.quality.evidence_check import false_claims, showable
from tests.quality.occasions import LAST_YEAR, life, until

DAYS = (date(LAST_YEAR, 6, 12), date(LAST_YEAR, 12, 26))
NEW_KINDS = {
    StoryKind.YEAR,
    StoryKind.ANNIVERSARY,
    StoryKind.OCCASION,
    StoryKind.TOGETHER,
    StoryKind.THEN_AND_NOW,
}


@cache
def years(today: date) -> Library:
    return until(life(seed=4), today)


@cache
def planned(today: date) -> Plan:
    return plan(years(today), today)


def plans() -> Iterator[tuple[date, Plan]]:
    return ((today, planned(today)) for today in DAYS)


def test_every_kind_of_years_is_told() -> None:
    assert {story.kind for _, made in plans() for story in made.stories} >= NEW_KINDS


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("today", DAYS)
def test_the_order_of_assets_people_and_holidays_changes_nothing(today: date, seed: int) -> None:
    random, library = Random(seed), years(today)
    assets, people, holidays = list(library.assets), list(library.people.items()), list(library.holidays)
    for things in (assets, people, holidays):
        random.shuffle(things)
    shuffled = replace(library, assets=tuple(assets), people=dict(people), holidays=tuple(holidays))
    assert plan(shuffled, today).stories == planned(today).stories


def test_every_sentence_of_evidence_is_true() -> None:
    checked = [(mend(years(day)), made) for day, made in plans()]
    claims = [(s.title, false_claims(s, library, made)) for library, made in checked for s in made.stories]
    assert [claim for claim in claims if claim[1]] == []


def test_no_two_stories_share_most_of_their_pictures() -> None:
    for _, made in plans():
        shown = [{item.asset_id for item in story.media} for story in made.stories]
        for i, one in enumerate(shown):
            assert all(len(one & other) <= MOST_SHARED * min(len(one), len(other)) for other in shown[:i])


@pytest.mark.parametrize("today", DAYS)
def test_hidden_people_appear_nowhere(today: date) -> None:
    ana, library = PersonId("ana"), years(today)
    hidden = replace(library, people=dict(library.people) | {ana: replace(library.people[ana], hidden=True)})
    allowed = {asset.id for asset in mend(hidden).assets if showable(asset, hidden)}
    for story in plan(hidden, today).stories:
        assert ana not in story.people
        assert all(item.asset_id in allowed for item in story.media)
        assert "Ana" not in " ".join(map(str, (story.title, story.subtitle, *story.evidence)))


@pytest.mark.parametrize("scope", [Scope.LOCATION, Scope.FACES, Scope.CONTENT])
@pytest.mark.parametrize("today", DAYS)
def test_stories_rest_on_what_is_granted_and_the_rest_has_no_influence(today: date, scope: Scope) -> None:
    gone: dict[Scope, dict[str, object]] = {
        Scope.LOCATION: {"coordinates": None, "place": None},
        Scope.FACES: {"faces": (), "people": ()},
        Scope.CONTENT: {"themes": (), "embedding": None, "quality": None, "sensitive": 0.0},
    }
    library = replace(years(today), scopes=frozenset(Scope) - {scope})
    assets = tuple(replace(asset, **gone[scope]) for asset in library.assets)  # type: ignore[arg-type]
    made = plan(library, today).stories
    assert made == plan(replace(library, assets=assets), today).stories
    assert all(scope not in story.rests_on for story in made)


@pytest.mark.parametrize(
    ("kind", "scopes"),
    [
        (StoryKind.ANNIVERSARY, {Scope.FACES, Scope.LOCATION}),
        (StoryKind.TOGETHER, {Scope.FACES}),
        (StoryKind.THEN_AND_NOW, {Scope.CONTENT}),
    ],
)
def test_stories_rest_on_what_found_them(kind: StoryKind, scopes: set[Scope]) -> None:
    told = [story for _, made in plans() for story in made.stories if story.kind is kind]
    assert all(scopes <= story.rests_on for story in told)
