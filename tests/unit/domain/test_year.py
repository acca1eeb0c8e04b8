"""The recap of a year."""

from datetime import date

import pytest

from services.domain.media import CaptureTimeSource
from services.domain.stories.story import Form, StoryKind
from tests.unit.domain.album import Album, at, shown


def album(months: int = 6) -> Album:
    made = Album()
    for month in range(1, months + 1):
        made.series(at(date(2024, month, 10)), 3, minutes=90)
    return made


@pytest.mark.parametrize("today", [date(2024, 12, 1), date(2024, 12, 31), date(2025, 1, 31)])
def test_shown_in_december_and_january(today: date) -> None:
    (story,) = album().stories(today, StoryKind.YEAR)
    assert (story.title, story.subtitle, story.form) == ("2024", "Your year in pictures", Form.VIDEO)
    assert (story.due, story.expires) == (date(2024, 12, 1), date(2025, 2, 1))
    assert story.evidence == (
        "18 photos between 10 January and 10 June 2024",
        "Pictures of 6 days in 2024",
    )


@pytest.mark.parametrize("today", [date(2024, 11, 30), date(2025, 2, 1), date(2025, 12, 1)])
def test_not_before_nor_after(today: date) -> None:
    assert album().stories(today, StoryKind.YEAR) == []


def test_a_season_is_no_year() -> None:
    made = album(months=3)
    made.series(at(date(2024, 3, 20)), 20)
    assert made.stories(date(2024, 12, 5), StoryKind.YEAR) == []


def test_keeps_its_id_while_december_is_lived() -> None:
    made = album()
    (before,) = made.stories(date(2024, 12, 2), StoryKind.YEAR)
    made.series(at(date(2024, 12, 24)), 9, minutes=20)
    (after,) = made.stories(date(2025, 1, 2), StoryKind.YEAR)
    assert before.id == after.id
    assert shown([before]) != shown([after])


def test_neither_the_future_nor_doubtful_clocks_belong_to_it() -> None:
    made = album()
    future = made.series(at(date(2024, 12, 30)), 3)
    copied = made.series(at(date(2024, 8, 8)), 3, capture_time_source=CaptureTimeSource.UPLOAD)
    (story,) = made.stories(date(2024, 12, 5), StoryKind.YEAR)
    assert not shown([story]) & {asset.id for asset in (*future, *copied)}
