"""Planning as a whole: pure, stable, within consent, and true in every sentence."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.clocks import mend
from services.domain.consent import Scope
from services.domain.identity import PersonId, StoryId
from services.domain.library import Library
from services.domain.roll import Roll
from services.domain.stories.curation import DAILY_LIMIT, MOST_SHARED, curate
from services.domain.stories.plan import Plan, plan
from services.domain.stories.story import AlbumEvent, Feedback, Form, Reaction, Story, StoryKind, StoryMedia
from tests.quality.evidence_check import false_claims, showable
from tests.quality.simulator import simulate
from tests.unit.domain.album import Album, a_trip, at

FIRST, TODAY = date(2022, 1, 1), date(2022, 11, 18)
PRESENT = frozenset(Scope)


@cache
def year() -> Library:
    """A simulated year up to today."""
    library = simulate(years=1.0, seed=3, first=FIRST, activity=0.5).library
    return replace(library, assets=tuple(a for a in library.assets if a.day <= TODAY))


@cache
def planned() -> Plan:
    return plan(year(), TODAY)


def comparable(made: Plan) -> tuple[object, ...]:
    return made.homes, made.events, [(t.id, t.start, t.end, t.places) for t in made.trips], made.stories


def test_a_year_has_stories_of_many_kinds() -> None:
    kinds = {story.kind for story in planned().stories}
    wanted = {StoryKind.EVENT, StoryKind.TRIP, StoryKind.MONTH, StoryKind.PERSON, StoryKind.THEME}
    assert wanted | {StoryKind.BIRTHDAY} <= kinds


def test_an_empty_library_has_nothing() -> None:
    assert comparable(plan(Library(()), TODAY)) == ((), (), [], ())


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_order_of_assets_changes_nothing(random: np.random.Generator, seed: int) -> None:
    assets = list(year().assets[:300])
    random.shuffle(assets)
    shuffled = replace(year(), assets=tuple(assets))
    straight = replace(year(), assets=year().assets[:300])
    assert comparable(plan(shuffled, TODAY, seed)) == comparable(plan(straight, TODAY, seed))


def test_ids_of_past_stories_stay_when_pictures_are_added() -> None:
    album = Album()
    a_trip(album)
    album.series(at(date(2024, 6, 1)), 8, minutes=9)
    before = plan(album.library(), date(2024, 7, 1))
    album.series(at(date(2024, 7, 1)), 30)
    after = plan(album.library(), date(2024, 7, 2))
    timeless = {s.id for s in before.stories if s.expires is None}
    assert timeless
    assert timeless <= {s.id for s in after.stories}
    assert {e.id for e in before.events} <= {e.id for e in after.events}


def test_every_sentence_of_evidence_is_true() -> None:
    library = mend(year())
    claims = {story.title: false_claims(story, library, planned()) for story in planned().stories}
    assert {title: false for title, false in claims.items() if false} == {}


def test_only_what_may_be_shown_is_shown() -> None:
    allowed = {asset.id for asset in year().assets if showable(asset, year())}
    assert all(item.asset_id in allowed for story in planned().stories for item in story.media)


def test_hidden_people_appear_nowhere() -> None:
    ana = PersonId("ana")
    people = dict(year().people) | {ana: replace(year().people[ana], hidden=True)}
    made = plan(replace(year(), people=people), TODAY)
    with_ana = {asset.id for asset in year().assets if ana in asset.people}
    assert made.stories
    for story in made.stories:
        assert ana not in story.people
        assert not with_ana & {item.asset_id for item in story.media}
        assert "Ana" not in " ".join(map(str, (story.title, story.subtitle, *story.evidence)))


def without(library: Library, scope: Scope) -> Library:
    return replace(library, scopes=PRESENT - {scope})


def stripped(library: Library, scope: Scope) -> Library:
    """Return the library as it is once the scope's data has been erased."""
    gone: dict[Scope, dict[str, object]] = {
        Scope.LOCATION: {"coordinates": None, "place": None},
        Scope.FACES: {"faces": (), "people": ()},
        Scope.CONTENT: {"tags": (), "themes": (), "embedding": None, "quality": None, "sensitive": 0.0},
    }
    assets = tuple(replace(a, **gone[scope]) for a in library.assets)  # type: ignore[arg-type]
    return replace(library, assets=assets, scopes=PRESENT - {scope})


@pytest.mark.parametrize("scope", [Scope.LOCATION, Scope.FACES, Scope.CONTENT])
def test_data_without_consent_has_no_influence_at_all(scope: Scope) -> None:
    library = without(year(), scope)
    assert comparable(plan(library, TODAY)) == comparable(plan(stripped(year(), scope), TODAY))


@pytest.mark.parametrize("scope", [Scope.LOCATION, Scope.FACES, Scope.CONTENT])
def test_no_story_rests_on_a_scope_that_is_not_granted(scope: Scope) -> None:
    made = plan(without(year(), scope), TODAY)
    facets: tuple[Story | AlbumEvent, ...] = (*made.stories, *made.events)
    assert made.stories
    assert all(scope not in facet.rests_on for facet in facets)


def test_stories_rest_on_what_went_into_them() -> None:
    by_kind = {story.kind: story.rests_on for story in planned().stories}
    assert Scope.LOCATION in by_kind[StoryKind.TRIP]
    assert Scope.FACES in by_kind[StoryKind.PERSON]
    assert Scope.CONTENT in by_kind[StoryKind.THEME]
    album = Album()
    album.series(at(date(2024, 5, 4)), 5, quality=None)
    (story,) = album.stories(date(2024, 5, 20), StoryKind.EVENT)
    assert story.rests_on == {Scope.CLOUD_PROCESSING}


def test_no_two_stories_share_most_of_their_pictures() -> None:
    shown = [{item.asset_id for item in story.media} for story in planned().stories]
    for i, one in enumerate(shown):
        for other in shown[:i]:
            assert len(one & other) <= MOST_SHARED * min(len(one), len(other))


def test_the_best_story_comes_first_and_scores_are_shares() -> None:
    scores = [story.score for story in planned().stories]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_dismissed_kinds_sink_if_learning_is_allowed_and_only_then() -> None:
    reactions = tuple(
        Feedback(StoryId(f"s{n}"), StoryKind.THEME, Reaction.DISMISSED, at(TODAY)) for n in range(4)
    )
    library = replace(year(), feedback=reactions)
    learned, unlearned = plan(library, TODAY), plan(without(library, Scope.LEARNING), TODAY)

    def best(made: Plan) -> float:
        return max(story.score for story in made.stories if story.kind is StoryKind.THEME)

    assert best(learned) < best(planned()) == best(unlearned)
    for story in learned.stories:
        assert (Scope.LEARNING in story.rests_on) == (story.kind is StoryKind.THEME)


def story(n: int, score: float, due: date, expires: date | None = None, first: int = 0) -> Story:
    media = tuple(StoryMedia(f"{first or n}-{k}") for k in range(4))  # type: ignore[arg-type]
    return Story(
        id=StoryId(f"s{n}"),
        kind=StoryKind.EVENT,
        form=Form.COLLAGE,
        title="",
        subtitle="",
        cover=media[0].asset_id,
        media=media,
        score=score,
        evidence=(),
        start=at(due),
        end=at(due),
        due=due,
        expires=expires,
        rests_on=frozenset(),
    )


def test_the_weaker_of_two_that_tell_the_same_is_dropped() -> None:
    kept = curate([story(1, 0.5, TODAY, first=7), story(2, 0.9, TODAY, first=7), story(3, 0.1, TODAY)], TODAY)
    assert [s.id for s in kept] == ["s2", "s3"]


def test_too_many_on_one_day_wait_for_the_next_the_passing_ones_last() -> None:
    crowd = [story(n, 0.9 - n / 100, TODAY) for n in range(DAILY_LIMIT + 1)]
    passing = story(99, 0.1, TODAY, expires=TODAY + timedelta(days=1))
    today, tomorrow = curate([*crowd, passing], TODAY), curate(crowd, TODAY + timedelta(days=1))
    assert len(today) == DAILY_LIMIT
    assert passing.id in {s.id for s in today}
    assert [s.due for s in tomorrow].count(TODAY + timedelta(days=1)) == 1


def test_what_is_not_due_or_has_expired_is_not_shown() -> None:
    early = story(1, 0.9, TODAY + timedelta(days=1))
    late = story(2, 0.9, TODAY - timedelta(days=3), expires=TODAY)
    assert curate([early, late], TODAY) == ()


def test_people_and_themes_are_found_through_the_gate_of_consent() -> None:
    roll = Roll.of(replace(year(), scopes=frozenset({Scope.CLOUD_PROCESSING})))
    assert (dict(roll.person_members), dict(roll.theme_members)) == ({}, {})
    assert all(roll.faces(i) == () and roll.embedding(i) is None for i in range(50))
