"""Holidays through the years, weddings and graduations."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.holidays import Holiday
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from services.domain.stories.text import language
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import FACE, GRAZ, GRAZ_POINT, LISBON, LISBON_POINT, Album, at, shown

EASTERS = {2021: date(2021, 4, 5), 2022: date(2022, 4, 18), 2023: date(2023, 4, 10), 2024: date(2024, 4, 1)}
EASTER = EASTERS[2024]
HOLIDAYS = tuple(Holiday("AT", on, "Easter Monday") for on in EASTERS.values())
SATURDAY = date(2024, 5, 4)


class TestHoliday:
    def _album(self, years: tuple[int, ...] = (2021, 2022, 2023)) -> Album:
        album = Album()
        album.lives_in_graz(date(2021, 1, 9), 150)
        for year in years:
            album.series(at(EASTERS[year], 11), 3, coordinates=GRAZ_POINT, place=GRAZ)
        return album

    def _told(self, album: Album, today: date = EASTER, **changes: object) -> list[Story]:
        return album.stories(today, StoryKind.OCCASION, **{"holidays": HOLIDAYS} | changes)

    @pytest.mark.parametrize("late", [0, 2])
    def test_told_on_its_day_of_this_year_from_those_of_earlier_years(self, late: int) -> None:
        album = self._album()
        today = album.series(at(EASTER, 9), 3)
        (story,) = self._told(album, EASTER + timedelta(days=late))
        assert (story.title, story.subtitle) == ("Easter Monday through the years", "2021–2023")
        assert (story.due, story.expires) == (EASTER, EASTER + timedelta(days=3))
        assert "Taken on Easter Monday or the evening before in 2021–2023" in story.evidence
        assert {asset.id for asset in today}.isdisjoint(shown([story]))
        assert {a.day for a in album.assets if a.id in shown([story])} <= set(EASTERS.values())

    @pytest.mark.parametrize("days", [-1, 3])
    def test_not_before_nor_after(self, days: int) -> None:
        assert self._told(self._album(), EASTER + timedelta(days=days)) == []

    def test_one_earlier_year_is_no_tradition(self) -> None:
        assert self._told(self._album((2022,))) == []

    def test_the_evening_before_belongs_to_it_and_the_afternoon_before_does_not(self) -> None:
        album = self._album((2022, 2023))
        evening = album.add(at(EASTERS[2023] - timedelta(days=1), 20))
        afternoon = album.add(at(EASTERS[2023] - timedelta(days=1), 14))
        told = shown(self._told(album))
        assert evening.id in told
        assert afternoon.id not in told

    def test_only_of_the_country_that_home_was_in(self) -> None:
        elsewhere = tuple(Holiday("PT", h.on, h.name) for h in HOLIDAYS)
        assert self._told(self._album(), holidays=elsewhere) == []
        assert len(self._told(self._album(), holidays=elsewhere, country="PT")) == 1

    def test_rests_on_location_unless_the_country_was_declared(self) -> None:
        album = self._album()
        (found,), (declared,) = self._told(album), self._told(album, country="AT")
        assert Scope.LOCATION in found.rests_on
        scopes = frozenset(Scope) - {Scope.LOCATION}
        assert self._told(album, scopes=scopes) == []
        (private,) = self._told(album, country="AT", scopes=scopes)
        assert Scope.LOCATION not in private.rests_on
        assert declared.id == private.id

    def test_a_holiday_is_called_as_at_home_whatever_it_is_called_elsewhere(self) -> None:
        at_home = tuple(replace(h, translations=(("de", "Emmaustag"),)) for h in HOLIDAYS)
        elsewhere = tuple(replace(h, country="DE", translations=(("de", "Ostermontag"),)) for h in HOLIDAYS)
        for known in (at_home + elsewhere, elsewhere + at_home):
            made = plan(self._album().library(holidays=known), EASTER)
            titles = [language("de").say(s.title) for s in made.stories if s.kind is StoryKind.OCCASION]
            assert titles == ["Emmaustag im Lauf der Jahre"]

    def test_several_days_of_one_holiday_are_told_once_from_the_first(self) -> None:
        feast = tuple(Holiday("AT", h.on + timedelta(days=k), "Feast") for h in HOLIDAYS for k in range(3))
        (story,) = self._told(self._album(), EASTER + timedelta(days=2), holidays=feast)
        assert story.due == EASTER


class TestCelebration:
    def _album(self, theme: str = "wedding", faces: int = 6, sure: int = 8, score: float = 0.8) -> Album:
        album = Album()
        album.lives_in_graz(SATURDAY - timedelta(weeks=9), 8)
        there = {"coordinates": LISBON_POINT, "place": LISBON}
        for n in range(24):
            score_now = score if n < sure else 0.1
            start = at(SATURDAY, 11) + timedelta(minutes=15 * n)
            crowd = (FACE,) * (faces if n % 4 == 0 else 1)
            album.add(start, faces=crowd, people=(None,) * len(crowd), themes=((theme, score_now),), **there)
        return album

    def _told(self, album: Album, today: date = SATURDAY + timedelta(days=1)) -> list[Story]:
        return album.stories(today, StoryKind.OCCASION)

    @pytest.mark.parametrize("theme", ["wedding", "graduation"])
    def test_told_from_the_day_after_and_ever_after(self, theme: str) -> None:
        album = self._album(theme)
        assert self._told(album, SATURDAY) == []
        (story,) = self._told(album)
        assert (story.title, story.subtitle) == (f"A {theme} in Lisbon", "4 May 2024 · Lisbon")
        assert (story.due, story.expires) == (SATURDAY + timedelta(days=1), None)
        assert story.evidence[1] == f"8 photos of the day look like a {theme}, with up to 6 faces in one"
        assert story.rests_on >= {Scope.CONTENT, Scope.FACES}
        assert self._told(album, SATURDAY + timedelta(days=400))[0].id == story.id

    @pytest.mark.parametrize(
        "changes", [{"faces": 2}, {"sure": 2}, {"score": 0.3}], ids=["no crowd", "a glimpse", "unsure"]
    )
    def test_not_without(self, changes: dict[str, float]) -> None:
        assert self._told(self._album(**changes)) == []  # type: ignore[arg-type]

    def test_at_home_the_place_is_not_in_the_title(self) -> None:
        album = Album()
        for n in range(12):
            crowd = (FACE,) * 5
            album.add(at(SATURDAY, 12, 4 * n), faces=crowd, people=(None,) * 5, themes=(("wedding", 0.9),))
        (story,) = self._told(album)
        assert (story.title, story.subtitle) == ("A wedding", "4 May 2024")

    def test_church_and_feast_are_one_day(self) -> None:
        album = self._album()
        evening = album.series(at(SATURDAY, 21), 6, themes=(("wedding", 0.7),))
        (story,) = self._told(album)
        assert {asset.id for asset in evening} & shown([story])

    def test_its_evidence_is_true(self) -> None:
        library, today = self._album().library(), SATURDAY + timedelta(days=1)
        made = plan(library, today)
        assert [c for s in made.stories for c in false_claims(s, library, made)] == []
