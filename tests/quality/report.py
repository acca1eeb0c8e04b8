"""Prints how good story making is on simulated camera rolls: one table, then one line a goal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from statistics import mean

from services.domain.stories.plan import plan
from tests.quality import measures, occasions
from tests.quality.simulator import Roll, simulate

FIRST = date(2022, 1, 1)
YEARS = 2.0
LONG_YEARS = 8.0
EVIDENCE_EVERY = 6
"""The evidence of one in so many of the days around occasions is counted again."""
SEEDS = range(1, 6)
GOALS = {
    "event-boundaries-f1": 0.90,
    "trips-f1": 0.90,
    "trips-f1-second-home": 0.90,
    "home-days": 0.95,
    "home-days-second-home": 0.95,
    "home-days-moving": 0.90,
    "people-bcubed-f1": 0.90,
    "people-bcubed-f1-long": 0.90,
    "one-face-a-person": 1.0,
    "evidence-true": 1.0,
    "stories-clean": 1.0,
    "occasions-on-their-day": 1.0,
    "occasions-right": 1.0,
    "occasions-evidence-true": 1.0,
}


def main() -> None:
    """Measure every seed, print the table and the goals."""
    rows = [dict(_measure(seed)) for seed in SEEDS]
    print(f"{'seed':>24}" + "".join(f"{seed:>8}" for seed in SEEDS))
    for name in GOALS:
        print(f"{name:>24}" + "".join(f"{row[name]:8.3f}" for row in rows))
    for name, wanted in GOALS.items():
        figure = mean(row[name] for row in rows)
        print(f"goal {name}: {figure:.3f} (want >= {wanted:.2f}) {'ok' if figure >= wanted else 'short'}")


def _measure(seed: int) -> Iterator[tuple[str, float]]:
    roll, days = simulate(years=YEARS, seed=seed, first=FIRST), int(YEARS * 365)
    made = plan(roll.library, FIRST + timedelta(days=days))
    yield "event-boundaries-f1", measures.boundary_f1(made, roll)
    yield "trips-f1", measures.trip_f1(made, roll)
    yield "home-days", measures.home_share(made.homes, roll, FIRST, days)
    away = simulate(years=YEARS, seed=seed, first=FIRST, second_home=True)
    made_away = plan(away.library, FIRST + timedelta(days=days))
    yield "trips-f1-second-home", measures.trip_f1(made_away, away)
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
