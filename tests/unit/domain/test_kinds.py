"""Each kind of story: proposed when it is due, and not otherwise."""

from datetime import date, timedelta

import pytest

from services.domain.facets import Person
from services.domain.media import CaptureTimeSource, MediaKind
from services.domain.stories.story import Form, StoryKind
from tests.unit.domain.album import ANA, BEN, GRAZ, GRAZ_POINT, LISBON, LISBON_POINT, Album, a_trip, at, shown

SATURDAY = date(2024, 5, 4)


def days(n: int) -> timedelta:
    return timedelta(days=n)


class TestEvent:
    def test_due_the_day_after(self) -> None:
        album = Album()
        album.series(at(SATURDAY, 14), 6)
        assert album.stories(SATURDAY, StoryKind.EVENT) == []
        (story,) = album.stories(SATURDAY + days(1), StoryKind.EVENT)
        assert (story.title, story.subtitle) == ("Saturday afternoon", "4 May 2024")
        assert (story.form, story.due, story.expires) == (Form.COLLAGE, SATURDAY + days(1), None)
        assert story.evidence == ("6 photos on 4 May 2024",)

    def test_not_for_a_snapshot(self) -> None:
        album = Album()
        album.series(at(SATURDAY), 2)
        assert album.stories(SATURDAY + days(1), StoryKind.EVENT) == []

    def test_named_by_who_was_there(self) -> None:
        album = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben")})
        album.series(at(SATURDAY, 18), 4, who=(ANA, BEN))
        album.series(at(SATURDAY, 18, 30), 2, who=(ANA,))
        (story,) = album.stories(SATURDAY + days(1), StoryKind.EVENT)
        assert story.title == "An evening with Ana and Ben"
        assert story.evidence == ("6 photos on 4 May 2024; Ana in 6 and Ben in 4 of them",)
        assert story.people == (ANA, BEN)

    def test_named_by_the_birthday_it_was(self) -> None:
        album = Album(people={ANA: Person(name="Ana", birthday=date(2017, 5, 4))})
        album.series(at(SATURDAY, 15), 5, who=(ANA,))
        (story,) = album.stories(SATURDAY + days(60), StoryKind.EVENT)
        assert story.title == "Ana’s birthday"

    def test_named_by_where_it_was_when_away(self) -> None:
        album = Album()
        album.lives_in_graz(SATURDAY - days(70), 9)
        there = type(GRAZ_POINT)(GRAZ_POINT.latitude + 0.3, GRAZ_POINT.longitude)
        place = type(GRAZ)("Leoben", "Austria", "AT")
        album.series(at(SATURDAY, 9), 12, minutes=35, coordinates=there, place=place)
        (story,) = album.stories(SATURDAY + days(1), StoryKind.EVENT)
        assert (story.title, story.subtitle) == ("A day in Leoben", "4 May 2024")
        assert story.evidence[0] == "9 photos on 4 May 2024 in Leoben, 33 km from home"

    def test_the_best_of_a_year_only(self) -> None:
        album = Album()
        for week in range(20):
            album.series(at(date(2024, 1, 6) + timedelta(weeks=week)), 3 + week)
        stories = album.stories(date(2025, 1, 1), StoryKind.EVENT)
        assert sorted(len(story.media) for story in stories) == [9] * 6


class TestWeekend:
    def _album(self) -> Album:
        album = Album()
        album.series(at(SATURDAY - days(1), 20), 1)
        album.series(at(SATURDAY, 11), 3)
        album.series(at(SATURDAY + days(1), 11), 3)
        return album

    def test_shown_in_the_week_after(self) -> None:
        monday = SATURDAY + days(2)
        for today in (monday, monday + days(6)):
            (story,) = self._album().stories(today, StoryKind.WEEKEND)
            assert (story.title, story.form) == ("Weekend of 4–5 May 2024", Form.VIDEO)
            assert (story.due, story.expires) == (monday, monday + days(7))
            assert len(story.media) == 7

    @pytest.mark.parametrize("today", [SATURDAY, SATURDAY + days(1), SATURDAY + days(9)])
    def test_not_before_nor_after(self, today: date) -> None:
        assert self._album().stories(today, StoryKind.WEEKEND) == []

    def test_friday_afternoon_is_still_work(self) -> None:
        album = self._album()
        lunch = album.add(at(SATURDAY - days(1), 12))
        assert lunch.id not in shown(album.stories(SATURDAY + days(2), StoryKind.WEEKEND))


class TestMonth:
    def _album(self) -> Album:
        album = Album()
        for day in (2, 9, 16, 30):
            album.series(at(date(2024, 4, day)), 2, minutes=90)
        return album

    def test_shown_through_the_month_after(self) -> None:
        for today in (date(2024, 5, 1), date(2024, 5, 31)):
            (story,) = self._album().stories(today, StoryKind.MONTH)
            assert (story.title, story.due, story.expires) == (
                "April 2024",
                date(2024, 5, 1),
                date(2024, 6, 1),
            )
            assert story.evidence == ("8 photos between 2 and 30 April 2024",)

    @pytest.mark.parametrize("today", [date(2024, 4, 30), date(2024, 6, 1)])
    def test_not_before_nor_after(self, today: date) -> None:
        assert self._album().stories(today, StoryKind.MONTH) == []

    def test_one_day_makes_no_month(self) -> None:
        album = Album()
        album.series(at(date(2024, 4, 10)), 20)
        assert album.stories(date(2024, 5, 1), StoryKind.MONTH) == []


class TestTrip:
    def test_told_once_it_is_over_and_ever_after(self) -> None:
        album = Album()
        a_trip(album)
        last = date(2024, 5, 5)
        assert album.stories(last, StoryKind.TRIP) == []
        (story,) = album.stories(last + days(1), StoryKind.TRIP)
        assert (story.title, story.subtitle) == ("A weekend in Lisbon", "3–5 May 2024 · 3 days")
        assert (story.form, story.expires, story.place) == (Form.VIDEO, None, LISBON)
        assert story.evidence == (
            "18 photos on 3–5 May 2024 in Lisbon, 2,200 km from home",
            "3 days away from home",
        )
        assert story.id == album.stories(last + days(900), StoryKind.TRIP)[0].id

    def test_events_of_a_trip_are_told_by_the_trip(self) -> None:
        album = Album()
        a_trip(album)
        stories = album.stories(date(2024, 5, 20), StoryKind.EVENT)
        assert not shown(stories) & shown(album.stories(date(2024, 5, 20), StoryKind.TRIP))


class TestOnThisDay:
    def test_shown_on_the_day_only(self) -> None:
        album = Album()
        for year in (2021, 2023):
            album.series(at(date(year, 5, 4)), 2, minutes=60)
        (story,) = album.stories(SATURDAY, StoryKind.ON_THIS_DAY)
        assert (story.title, story.subtitle) == ("On this day", "4 May 2021 and 2023")
        assert (story.due, story.expires) == (SATURDAY, SATURDAY + days(1))
        assert story.evidence[1] == "Taken on 4 May in 2021 and 2023"

    @pytest.mark.parametrize(("year", "title"), [(2023, "A year ago today"), (2020, "4 years ago today")])
    def test_one_year_is_counted(self, year: int, title: str) -> None:
        album = Album()
        album.series(at(date(year, 5, 4)), 3, minutes=60)
        (story,) = album.stories(SATURDAY, StoryKind.ON_THIS_DAY)
        assert story.title == title

    def test_pictures_of_today_and_of_doubtful_clocks_are_no_memories(self) -> None:
        album = Album()
        album.series(at(SATURDAY), 9)
        album.series(at(date(2023, 5, 4)), 9, capture_time_source=CaptureTimeSource.HINT)
        assert album.stories(SATURDAY, StoryKind.ON_THIS_DAY) == []

    def test_the_week_where_the_day_has_nothing(self) -> None:
        album = Album()
        album.series(at(date(2022, 5, 1)), 3, minutes=60)
        album.series(at(date(2023, 5, 5)), 3, minutes=60)
        (story,) = album.stories(SATURDAY, StoryKind.ON_THIS_DAY)
        assert (story.title, story.subtitle) == ("This week through the years", "2022 and 2023")
        assert (story.due, story.expires) == (date(2024, 4, 29), date(2024, 5, 6))
        assert story.evidence[1] == "Taken within 3 days of 2 May in 2022 and 2023"


class TestBirthday:
    def _album(self, **changes: object) -> Album:
        facts = {"name": "Ana", "birthday": date(2017, 5, 4)} | changes
        album = Album(people={ANA: Person(**facts)})  # type: ignore[arg-type]
        for month in range(1, 5):
            album.series(at(date(2024, month, 10)), 3, minutes=60, who=(ANA,))
        album.series(at(date(2024, 4, 11)), 5)
        return album

    @pytest.mark.parametrize("today", [date(2024, 4, 29), date(2024, 5, 4), date(2024, 5, 11)])
    def test_shown_around_the_day(self, today: date) -> None:
        (story,) = self._album().stories(today, StoryKind.BIRTHDAY)
        assert (story.title, story.subtitle) == ("Ana turns 7", "4 May 2024")
        assert (story.due, story.expires) == (date(2024, 4, 29), date(2024, 5, 12))
        assert story.people == (ANA,)
        assert len(story.media) == 12
        assert story.evidence == (
            "12 photos between 10 January and 10 April 2024; Ana in all of them",
            "Ana’s birthday is on 4 May 2024",
        )

    @pytest.mark.parametrize("today", [date(2024, 4, 28), date(2024, 5, 12)])
    def test_not_before_nor_after(self, today: date) -> None:
        assert self._album().stories(today, StoryKind.BIRTHDAY) == []

    @pytest.mark.parametrize("changes", [{"name": ""}, {"hidden": True}, {"birthday": None}])
    def test_only_of_named_people_with_a_birthday_who_are_not_hidden(
        self, changes: dict[str, object]
    ) -> None:
        assert self._album(**changes).stories(SATURDAY, StoryKind.BIRTHDAY) == []

    def test_without_the_year_nothing_is_counted(self) -> None:
        (story,) = self._album(birthday=date(1604, 5, 4)).stories(SATURDAY, StoryKind.BIRTHDAY)
        assert story.title == "Happy birthday, Ana"


class TestPerson:
    def _album(self, name: str = "Ana", count: int = 5) -> Album:
        album = Album(people={ANA: Person(name=name)})
        for week in range(count):
            album.add(at(SATURDAY - timedelta(weeks=week)), who=(ANA,))
        return album

    def test_somebody_seen_on_many_days(self) -> None:
        (story,) = self._album().stories(SATURDAY, StoryKind.PERSON)
        assert (story.title, story.subtitle, story.people) == ("Ana", "2024", (ANA,))
        assert story.evidence[1] == "Ana is in 5 photos between 6 April and 4 May 2024"

    def test_somebody_without_a_name_is_asked_for(self) -> None:
        (story,) = self._album(name="").stories(SATURDAY, StoryKind.PERSON)
        assert (story.title, story.subtitle) == ("A familiar face", "Who is this?")

    def test_not_for_a_guest_of_one_day(self) -> None:
        album = Album(people={ANA: Person(name="Ana")})
        album.series(at(SATURDAY), 20, who=(ANA,))
        assert album.stories(SATURDAY, StoryKind.PERSON) == []


class TestTheme:
    def _album(self, theme: str, score: float) -> Album:
        album = Album()
        for year in (2022, 2023, 2024):
            album.series(at(date(year, 3, 10)), 2, minutes=90, themes=((theme, score),))
        return album

    def test_what_is_photographed_again_and_again(self) -> None:
        (story,) = self._album("dogs", 0.8).stories(SATURDAY, StoryKind.THEME)
        assert (story.title, story.subtitle) == ("Good dogs", "Through the years, 2022–2024")
        assert story.evidence[1] == "6 photos between 10 March 2022 and 10 March 2024 show “dogs”"

    @pytest.mark.parametrize(("theme", "score"), [("dogs", 0.2), ("work", 0.9)])
    def test_not_what_is_unsure_or_tells_nothing(self, theme: str, score: float) -> None:
        assert self._album(theme, score).stories(SATURDAY, StoryKind.THEME) == []


def test_a_collage_shows_photos_and_a_video_shows_both() -> None:
    album = Album()
    a_trip(album)
    album.add(at(date(2024, 5, 4), 20), kind=MediaKind.VIDEO, place=LISBON, coordinates=LISBON_POINT)
    (trip,) = album.stories(date(2024, 5, 20), StoryKind.TRIP)
    assert trip.evidence[0].startswith("17 photos and 1 video on")
