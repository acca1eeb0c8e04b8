"""Two people together, and who is seen with whom."""

from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.pairs import find_pairs
from services.domain.roll import Roll
from services.domain.stories.kinds import together
from services.domain.stories.plan import survey
from services.domain.stories.story import StoryKind
from tests.unit.domain.album import ANA, BEN, Album, at, shown

TODAY = date(2024, 5, 4)
CLARA = PersonId("clara")


def album(ana: str = "Ana", ben: str = "Ben", weeks: int = 8) -> Album:
    made = Album(people={ANA: Person(name=ana), BEN: Person(name=ben)})
    for week in range(weeks):
        made.add(at(TODAY - timedelta(weeks=week)), who=(BEN, ANA))
    return made


def with_lives_of_their_own(made: Album, pictures: int = 20) -> Album:
    """Add pictures of each alone: enough that the stories of one person show other pictures."""
    for person in sorted(made.people):
        for week in range(pictures):
            made.add(at(TODAY - timedelta(weeks=week, days=2), 15 + len(person)), who=(person,))
    return made


def test_a_pair_is_found_in_whatever_order_its_faces_are() -> None:
    made = album(weeks=2)
    made.add(at(TODAY, 18), who=(ANA, None, BEN))
    (pair,) = find_pairs(Roll.of(made.library()))
    assert (pair.people, pair.members.size) == ((ANA, BEN), 3)


def test_hidden_people_are_in_no_pair() -> None:
    made = album()
    made.people[BEN] = Person(name="Ben", hidden=True)
    assert find_pairs(Roll.of(made.library())) == ()


def test_two_who_are_often_together() -> None:
    made = with_lives_of_their_own(album())
    (story,) = made.stories(TODAY, StoryKind.TOGETHER)
    assert (story.title, story.subtitle, story.people) == ("Ana and Ben", "Together in 2024", (ANA, BEN))
    assert story.evidence[1] == "Ana and Ben are together in 8 photos between 16 March and 4 May 2024"
    both = {asset.id for asset in made.assets if set(asset.people) == {ANA, BEN}}
    assert shown([story]) == both
    assert Scope.FACES in story.rests_on


def test_not_two_who_met_once() -> None:
    made = album(weeks=0)
    made.series(at(TODAY), 20, who=(ANA, BEN))
    assert made.stories(TODAY, StoryKind.TOGETHER) == []


def test_not_two_who_meet_at_times() -> None:
    made = album()
    for day in range(60):
        start = at(TODAY - timedelta(days=2 + day))
        made.add(start, who=(ANA,))
        made.add(start + timedelta(hours=3), who=(BEN,))
    assert made.stories(TODAY, StoryKind.TOGETHER) == []


@pytest.mark.parametrize(("weeks", "told"), [(8, False), (40, True)])
def test_two_without_names_are_asked_for_when_they_are_seen_a_lot(weeks: int, told: bool) -> None:
    made = with_lives_of_their_own(album(ana="", ben="", weeks=weeks))
    stories = made.stories(TODAY, StoryKind.TOGETHER)
    assert [(s.title, s.subtitle) for s in stories] == [("Often together", "Who are they?")] * told


def test_nobody_is_a_half_of_every_story() -> None:
    made = Album(people={ANA: Person(name="Ana")})
    for n in range(5):
        made.people[PersonId(f"p{n}")] = Person(name=f"P{n}")
        for week in range(6):
            made.add(at(TODAY - timedelta(weeks=week), 8 + n), who=(ANA, PersonId(f"p{n}")))
    assert len(list(together.propose(survey(made.library(), TODAY)))) == together.MOST_EACH
