"""What is learned from reactions: little, in words that can be checked, and only where it is allowed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import PersonId, StoryId
from services.domain.library import Library
from services.domain.stories import taste
from services.domain.stories.plan import plan
from services.domain.stories.planner import Planner
from services.domain.stories.story import Feedback, Reaction, Story, StoryKind
from services.domain.stories.taste import REACH, Opinion, Taste
from services.domain.stories.text import language
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import ANA, BEN, Album, a_trip, at

DAY = date(2024, 6, 1)


def said(
    reaction: Reaction, n: int, *, kind: StoryKind = StoryKind.TRIP, first: int = 0, **about: object
) -> list[Feedback]:
    """Return the same reaction to n stories."""
    return [
        Feedback(StoryId(f"{kind}{first + k}"), kind, reaction, at(DAY) + timedelta(minutes=k), **about)  # type: ignore[arg-type]
        for k in range(n)
    ]


@pytest.mark.parametrize(
    ("kept", "dismissed", "lean"),
    [(0, 0, 0.0), (1, 0, 0.2), (2, 0, 1 / 3), (0, 2, -1 / 3), (5, 5, 0.0), (96, 0, 0.96)],
)
def test_a_lean_is_the_mean_of_a_beta_posterior(kept: int, dismissed: int, lean: float) -> None:
    assert Opinion(kept, dismissed).lean == pytest.approx(lean)


def test_the_last_word_on_each_story_counts_once() -> None:
    change_of_mind = [
        Feedback(StoryId("s"), StoryKind.EVENT, Reaction.SAVED, at(DAY, 9)),
        Feedback(StoryId("s"), StoryKind.EVENT, Reaction.SHARED, at(DAY, 10)),
        Feedback(StoryId("s"), StoryKind.EVENT, Reaction.DISMISSED, at(DAY, 11)),
        Feedback(StoryId("s"), StoryKind.EVENT, Reaction.SEEN, at(DAY, 12)),
    ]
    assert Taste.of(reversed(change_of_mind)).opinions == {("kind", "event"): Opinion(0, 1)}


def test_taste_moves_a_score_by_a_quarter_at_most() -> None:
    of_all = said(Reaction.SAVED, 500, people=(ANA,), theme="dogs")
    opinions = Taste.of(of_all).about(taste.subjects(StoryKind.TRIP, (ANA, BEN), "dogs"))
    assert taste.factor(opinions) == 1 + REACH
    assert taste.factor({}) == 1.0


def travelled(*feedback: Feedback, **changes: object) -> Library:
    album = Album(people={ANA: Person("Ana"), BEN: Person("Ben"), PersonId("x"): Person()})
    a_trip(album)
    for week in range(5):
        monday = at(date(2024, 1, 8) + timedelta(weeks=week))
        album.series(monday, 2, minutes=90, who=(ANA,))
        album.series(monday + timedelta(days=2), 2, minutes=90, who=(PersonId("x"),))
        album.series(monday + timedelta(days=4), 2, minutes=90, themes=(("dogs", 0.9),))
    return album.library(feedback=feedback, **changes)


def told(library: Library, kind: StoryKind) -> Story:
    story = next(story for story in plan(library, DAY).stories if story.kind is kind)
    assert false_claims(story, library, plan(library, DAY)) == []
    return story.told_in(language("en"))


@pytest.mark.parametrize(
    ("feedback", "kind", "sentence"),
    [
        (said(Reaction.SAVED, 3), StoryKind.TRIP, "Shown earlier because you kept 3 trip stories"),
        (said(Reaction.DISMISSED, 2), StoryKind.TRIP, "Shown later because you dismissed 2 trip stories"),
        (
            said(Reaction.SHARED, 4, kind=StoryKind.EVENT, people=(ANA,)),
            StoryKind.PERSON,
            "Shown earlier because you kept 4 stories with Ana",
        ),
        (
            said(Reaction.DISMISSED, 2, kind=StoryKind.EVENT, theme="dogs"),
            StoryKind.THEME,
            "Shown later because you dismissed 2 stories about “dogs”",
        ),
    ],
)
def test_it_is_said_in_the_evidence(feedback: list[Feedback], kind: StoryKind, sentence: str) -> None:
    plain, learned = told(travelled(), kind), told(travelled(*feedback), kind)
    assert learned.evidence == (*plain.evidence, sentence)
    assert (learned.score > plain.score) == ("earlier" in sentence)
    assert learned.rests_on == plain.rests_on | {Scope.LEARNING}
    assert learned.media == plain.media


@pytest.mark.parametrize(
    "feedback",
    [
        said(Reaction.SAVED, 1),
        said(Reaction.SEEN, 9),
        said(Reaction.SAVED, 9, people=(PersonId("x"),), kind=StoryKind.EVENT),
    ],
)
def test_what_is_weak_or_about_nobody_who_has_a_name_is_not_said(feedback: list[Feedback]) -> None:
    sentences = [str(words) for s in plan(travelled(*feedback), DAY).stories for words in s.evidence]
    assert not [sentence for sentence in sentences if sentence.startswith("Shown")]


def test_mixed_opinions_tell_what_tips_the_scales() -> None:
    mixed = [*said(Reaction.SAVED, 6), *said(Reaction.DISMISSED, 1, first=6)]
    assert (
        told(travelled(*mixed), StoryKind.TRIP).evidence[-1]
        == "Shown earlier because you kept 6 trip stories"
    )


def test_nothing_is_learned_without_consent() -> None:
    library = travelled(*said(Reaction.SAVED, 5, people=(ANA,)), scopes=frozenset(Scope) - {Scope.LEARNING})
    assert plan(library, DAY).stories == plan(replace(library, feedback=()), DAY).stories


def test_reactions_rest_on_what_they_name() -> None:
    plain, about_both = said(Reaction.SAVED, 1)[0], said(Reaction.SAVED, 1, people=(ANA,), theme="dogs")[0]
    assert plain.scopes == {Scope.LEARNING}
    assert about_both.scopes == {Scope.LEARNING, Scope.FACES, Scope.CONTENT}


def test_a_planner_that_hears_of_reactions_later_plans_the_same() -> None:
    planner = Planner(travelled())
    planner.plan(DAY)
    for feedback in (said(Reaction.SAVED, 3), said(Reaction.DISMISSED, 2, people=(ANA,)), []):
        library = travelled(*feedback)
        planner.look(library)
        assert planner.plan(DAY).stories == plan(library, DAY).stories
