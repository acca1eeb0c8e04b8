"""Prints how good story making is, on simulated lives and real photos, beside what others do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import mean

from services.domain.stories.plan import plan
from tests.conftest import photo_folder
from tests.quality import measures, occasions
from tests.quality.competition import SIMULATED, print_beside, simulated_row
from tests.quality.document import write
from tests.quality.real.report import measure_real
from tests.quality.simulator import Roll, simulate

FIRST = date(2022, 1, 1)
YEARS = 2.0
LONG_YEARS = 8.0
EVIDENCE_EVERY = 6
"""The evidence of one in so many of the days around occasions is counted again."""
SEEDS = range(1, 6)
GOALS = {
    "event-boundaries-f1": 0.95,
    "wrong-clocks-unmixed": 0.95,
    "clocks-set-right": 0.95,
    "clocks-kept": 0.999,
    "trips-f1": 0.95,
    "trips-f1-second-home": 0.95,
    "home-days": 0.99,
    "home-days-second-home": 0.99,
    "home-days-moving": 0.99,
    "people-bcubed-f1": 0.97,
    "people-bcubed-f1-long": 0.97,
    "one-face-a-person": 1.0,
    "evidence-true": 1.0,
    "stories-clean": 1.0,
    "occasions-on-their-day": 1.0,
    "occasions-right": 1.0,
    "occasions-evidence-true": 1.0,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every seed and the real photos, print the tables and the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write docs/quality.md")
    options = parser.parse_args(arguments)
    rows = [dict(_measure(seed)) for seed in SEEDS]
    simulated = {name: [row[name] for row in rows] for name in GOALS}
    print(f"{'seed':>24}" + "".join(f"{seed:>8}" for seed in SEEDS))
    for name, figures in simulated.items():
        print(f"{name:>24}" + "".join(f"{figure:8.3f}" for figure in figures))
    print()
    real = measure_real(photo_folder())
    compared = [*(simulated_row(name, SEEDS) for name in SIMULATED), *real.compared]
    print_beside(compared)
    goals = [(name, mean(simulated[name]), wanted) for name, wanted in GOALS.items()]
    goals += real.goals
    goals += [(f"{row.name}-beside-others", row.ahead, 1.0) for row in compared]
    for figure in goals:
        print(goal(*figure))
    if options.write:
        write(simulated, GOALS, compared, real)


def goal(name: str, figure: float, wanted: float) -> str:
    """Return the line that reports a goal; a goal that falls short fails nothing."""
    return f"goal {name}: {figure:.3f} (want >= {wanted:g}) {'ok' if figure >= wanted else 'short'}"


def _measure(seed: int) -> Iterator[tuple[str, float]]:
    roll, days = simulate(years=YEARS, seed=seed, first=FIRST), int(YEARS * 365)
    made = plan(roll.library, FIRST + timedelta(days=days))
    yield "event-boundaries-f1", measures.boundary_f1(measures.events_of(made), roll)
    yield "wrong-clocks-unmixed", measures.unmixed_clocks(made, roll)
    yield "clocks-set-right", measures.clocks_set_right(roll)
    yield "clocks-kept", measures.clocks_kept(roll)
    yield "trips-f1", measures.trip_f1(measures.trips_of(made, roll), roll)
    yield "home-days", measures.home_share(made.homes, roll, FIRST, days)
    away = simulate(years=YEARS, seed=seed, first=FIRST, second_home=True)
    made_away = plan(away.library, FIRST + timedelta(days=days))
    yield "trips-f1-second-home", measures.trip_f1(measures.trips_of(made_away, away), away)
    yield "home-days-second-home", measures.home_share(made_away.homes, away, FIRST, days)
    moving = simulate(years=YEARS, seed=seed, first=FIRST, moves=True)
    homes = plan(moving.library, FIRST + timedelta(days=days)).homes
    yield "home-days-moving", measures.home_share(homes, moving, FIRST, days)
    grouping = measures.grouped(roll.library)
    yield "people-bcubed-f1", measures.bcubed_f1(grouping, roll.truth)
    long = simulate(years=LONG_YEARS, seed=seed, first=FIRST)
    yield "people-bcubed-f1-long", measures.bcubed_f1(measures.grouped(long.library), long.truth)
    yield "one-face-a-person", measures.one_face_a_person(grouping)
    yield from _stories_through_a_year(roll)
    yield from _occasions_of_a_year(seed)


def _stories_through_a_year(roll: Roll) -> Iterator[tuple[str, float]]:
    true = said = clean = stories = 0
    for today in (FIRST + timedelta(days=365 + n) for n in range(0, 365, 30)):
        library = occasions.until(roll.library, today)
        made = plan(library, today)
        holds, sentences = measures.true_evidence(made, library)
        shown, all_ = measures.clean_stories(made, library)
        true, said, clean, stories = true + holds, said + sentences, clean + shown, stories + all_
    yield "evidence-true", true / said
    yield "stories-clean", clean / stories


def _occasions_of_a_year(seed: int) -> Iterator[tuple[str, float]]:
    days = list(occasions.days(seed))
    yield "occasions-on-their-day", occasions.told_on_their_day(days)
    yield "occasions-right", occasions.rightly_told(days)
    checked = [measures.true_evidence(day.plan, day.library) for day in days[::EVIDENCE_EVERY]]
    yield "occasions-evidence-true", sum(true for true, _ in checked) / sum(said for _, said in checked)


if __name__ == "__main__":
    main()
