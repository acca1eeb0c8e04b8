from datetime import date

import pytest

from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.occasions import birthdays, same_days


def people(**changes: object) -> dict[PersonId, Person]:
    facts = {"name": "Ana", "birthday": date(2017, 5, 4)} | changes
    return {PersonId("ana"): Person(**facts)}  # type: ignore[arg-type]


def test_a_birthday_counts_the_years() -> None:
    (birthday,) = birthdays(people(), date(2024, 5, 1), date(2024, 5, 6))
    assert (birthday.name, birthday.on, birthday.age) == ("Ana", date(2024, 5, 4), 7)


def test_birthdays_are_found_across_the_turn_of_the_year() -> None:
    found = birthdays(people(birthday=date(2017, 1, 2)), date(2023, 12, 28), date(2024, 1, 3))
    assert [b.on for b in found] == [date(2024, 1, 2)]


@pytest.mark.parametrize("changes", [{"name": ""}, {"hidden": True}, {"birthday": None}])
def test_no_birthday_of_the_unnamed_the_hidden_or_the_undated(changes: dict[str, object]) -> None:
    assert birthdays(people(**changes), date(2024, 1, 1), date(2024, 12, 31)) == []


def test_nobody_has_a_birthday_before_they_are_born() -> None:
    assert birthdays(people(), date(2016, 1, 1), date(2016, 12, 31)) == []


def test_an_unknown_year_of_birth_counts_no_years() -> None:
    (birthday,) = birthdays(people(birthday=date(1604, 5, 4)), date(2024, 5, 4), date(2024, 5, 4))
    assert birthday.age is None


def test_29_february_is_celebrated_on_the_28th_where_there_is_none() -> None:
    born = people(birthday=date(2016, 2, 29))
    assert [b.on for b in birthdays(born, date(2023, 2, 1), date(2023, 3, 9))] == [date(2023, 2, 28)]
    assert [b.on for b in birthdays(born, date(2024, 2, 1), date(2024, 3, 9))] == [date(2024, 2, 29)]


def test_the_same_day_of_earlier_years() -> None:
    assert same_days(date(2024, 5, 3), 2022) == [date(2022, 5, 3), date(2023, 5, 3)]


def test_29_february_is_remembered_on_the_28th_of_common_years_only() -> None:
    assert date(2020, 2, 29) in same_days(date(2023, 2, 28), 2019)
    assert date(2020, 2, 29) not in same_days(date(2024, 2, 28), 2019)


def test_days_around_cross_months() -> None:
    days = same_days(date(2024, 3, 1), 2023, within=2)
    assert days == [date(2023, 2, 27), date(2023, 2, 28), *(date(2023, 3, d) for d in (1, 2, 3))]
