"""The Holidays port on installed rules."""

from dataclasses import replace
from datetime import date

import pytest

from services.adapters.holidays import OfflineHolidays
from services.domain.holidays import Holiday


@pytest.fixture
def holidays() -> OfflineHolidays:
    return OfflineHolidays()


@pytest.mark.parametrize(
    ("country", "on", "name"),
    [
        ("AT", date(2023, 10, 26), "National Day"),
        ("US", date(2024, 11, 28), "Thanksgiving Day"),
        ("PT", date(2024, 3, 31), "Easter Sunday"),
        ("JP", date(2023, 5, 5), "Children’s Day"),
        ("TR", date(2023, 6, 28), "Eid al-Adha"),
    ],
)
def test_holidays_are_found_on_their_day(
    holidays: OfflineHolidays, country: str, on: date, name: str
) -> None:
    found = holidays.between(country, on, on)
    assert Holiday(country, on, name) in [replace(holiday, translations=()) for holiday in found]


@pytest.mark.parametrize(
    ("country", "on", "names"),
    [
        ("AT", date(2023, 12, 25), {("de", "Christtag")}),
        ("CH", date(2023, 8, 1), {("de", "Nationalfeiertag")}),
        ("PT", date(2024, 12, 25), set()),
    ],
)
def test_holidays_have_the_names_that_the_calendar_knows_in_other_languages(
    holidays: OfflineHolidays, country: str, on: date, names: set[tuple[str, str]]
) -> None:
    (holiday,) = holidays.between(country, on, on)
    assert set(holiday.translations) == names


def test_a_day_may_have_two(holidays: OfflineHolidays) -> None:
    assert len(holidays.between("CZ", date(2024, 1, 1), date(2024, 1, 1))) == 2


def test_years_come_in_order_and_both_ends_are_included(holidays: OfflineHolidays) -> None:
    found = holidays.between("AT", date(2022, 12, 25), date(2023, 1, 6))
    assert [h.on for h in found] == [
        date(2022, 12, 25),
        date(2022, 12, 26),
        date(2023, 1, 1),
        date(2023, 1, 6),
    ]


def test_days_off_that_celebrate_nothing_are_left_out(holidays: OfflineHolidays) -> None:
    names = {h.name for h in holidays.between("CN", date(2023, 1, 1), date(2023, 12, 31))}
    assert "Chinese New Year (Spring Festival)" in names
    assert not any("substituted" in name for name in names)


def test_an_estimated_date_has_its_plain_name(holidays: OfflineHolidays) -> None:
    names = {h.name for h in holidays.between("SA", date(2040, 1, 1), date(2040, 12, 31))}
    assert "Eid al-Fitr Holiday" in names


def test_an_unknown_country_has_none(holidays: OfflineHolidays) -> None:
    assert holidays.between("XX", date(2024, 1, 1), date(2024, 12, 31)) == []
