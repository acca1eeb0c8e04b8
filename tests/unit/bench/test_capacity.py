"""The page on capacity: its arithmetic, and that it says what is computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.capacity import PAGE, Assumed, Measured, Plan, section


def cores(plan: Plan) -> dict[str, float]:
    return {need.what: need.cores for need in plan.needs}


def test_the_page_says_what_is_computed() -> None:
    assert section(Plan(Assumed())) in PAGE.read_text(encoding="utf-8")


def test_a_photo_costs_its_core_time_in_the_busiest_hour() -> None:
    plan = Plan(Assumed(owners=86_400, photos_a_day=1, peak=2), Measured(describe=30, bus_services=40))
    assert plan.busiest == 2
    assert cores(plan)["metadata"] == pytest.approx(2 * (30 + 10) / 1e3)


def test_plans_grow_with_libraries_and_uploads_do_not() -> None:
    young, old = Plan(Assumed(years=1)), Plan(Assumed(years=10))
    assert cores(old)["scheduler"] > 8 * cores(young)["scheduler"]
    assert cores(old)["upload"] == cores(young)["upload"]
    assert young.owners_a_core == pytest.approx(10 * old.owners_a_core)


def test_a_cell_fits_one_database() -> None:
    assert Plan(replace(Assumed(), owners=45_000)).databases == 1
    assert Plan(replace(Assumed(), owners=60_000)).databases == 2
