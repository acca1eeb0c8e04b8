from datetime import date

import pytest

from services.domain.stories import dates, wording


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2024, 5, 3), date(2024, 5, 3), "3 May 2024"),
        (date(2024, 5, 3), date(2024, 5, 5), "3–5 May 2024"),
        (date(2024, 4, 30), date(2024, 5, 2), "30 April – 2 May 2024"),
        (date(2023, 12, 30), date(2024, 1, 2), "30 December 2023 – 2 January 2024"),
    ],
)
def test_a_range_of_days_says_nothing_twice(first: date, last: date, said: str) -> None:
    assert str(dates.span(first, last)) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2024, 4, 2), date(2024, 4, 30), ("2", "30 April 2024")),
        (date(2024, 4, 6), date(2024, 5, 4), ("6 April", "4 May 2024")),
        (date(2021, 5, 3), date(2024, 6, 8), ("3 May 2021", "8 June 2024")),
    ],
)
def test_the_bounds_of_many_days_say_nothing_twice(first: date, last: date, said: tuple[str, str]) -> None:
    begin, end = dates.bounds(first, last)
    assert (str(begin), str(end)) == said


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ([2024], "2024"),
        ([2024, 2023], "2023 and 2024"),
        ([2019, 2021, 2023, 2024, 2025], "2019, 2021 and 2023–2025"),
        ([2020, 2020, 2021, 2022], "2020–2022"),
    ],
)
def test_years(years: list[int], said: str) -> None:
    assert str(dates.years(years)) == said


@pytest.mark.parametrize(
    ("photos", "videos", "said"),
    [
        (1, 0, "1 photo"),
        (12, 0, "12 photos"),
        (0, 1, "1 video"),
        (1204, 2, "1,204 photos and 2 videos"),
        (0, 0, "0 photos"),
    ],
)
def test_counts_agree_with_their_nouns(photos: int, videos: int, said: str) -> None:
    assert str(wording.media(photos, videos)) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["Ana"], "Ana"), (["Ana", "Ben"], "Ana and Ben"), (["A", "B", "C"], "A, B and C")],
)
def test_names_are_joined_as_one_says_them(names: list[str], said: str) -> None:
    assert str(wording.join(names)) == said


@pytest.mark.parametrize(
    ("km", "said"),
    [(8.4, "8 km"), (42.3, "42 km"), (73.0, "75 km"), (138.0, "140 km"), (2138.0, "2,100 km")],
)
def test_distances_are_as_exact_as_anybody_cares(km: float, said: str) -> None:
    assert str(wording.kilometres(km)) == said


def test_an_unknown_theme_is_its_own_title() -> None:
    assert wording.theme_title("tall_ships") == "Tall ships"
    assert str(wording.theme_title("dogs")) == "Good dogs"
