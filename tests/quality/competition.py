"""The same figures for others' rules, written from descriptions of them, beside ours.

Where a rule needs a threshold for embeddings that are not its own, it gets that which serves it best here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from statistics import mean

from services.domain.face_refs import FaceRef, face_refs
from services.domain.stories.plan import Plan, plan
from tests.quality import measures
from tests.quality.baselines import ente, immich, libre_photos, photo_prism
from tests.quality.life import HOME_POINT
from tests.quality.real.faces import FaceKey, Groups
from tests.quality.simulator import Roll, simulate

FIRST, YEARS = date(2022, 1, 1), 2.0
DAYS = int(YEARS * 365)
THRESHOLDS = (0.91, 0.92, 0.93, 0.935, 0.94, 0.945, 0.95, 0.96, 0.97)
"""Cosines of neighbouring faces that others' rules are tried with."""
FACE_RULES: Mapping[str, Callable[[Sequence[FaceRef], float], Groups]] = {
    "Ente": ente.people,
    "Immich": immich.people,
    "PhotoPrism": photo_prism.people,
}


@dataclass(frozen=True)
class Row:
    """One figure of every program that has a rule for it."""

    name: str
    ours: float
    theirs: Mapping[str, float]

    @property
    def ahead(self) -> float:
        """How many times as good we are as the best of the others."""
        return self.ours / max(*self.theirs.values(), 1e-9)


def programs(rows: Sequence[Row]) -> list[str]:
    """Return the names of the others."""
    return sorted({name for row in rows for name in row.theirs})


def print_beside(rows: Sequence[Row]) -> None:
    """Print a table: a line a figure, a column a program."""
    names = programs(rows)
    print(f"{'':>24}{'Storyroll':>16}" + "".join(f"{name:>16}" for name in names))
    for row in rows:
        cells = (f"{row.theirs[name]:16.3f}" if name in row.theirs else f"{'-':>16}" for name in names)
        print(f"{row.name:>24}{row.ours:16.3f}" + "".join(cells))
    print()


def people_row(name: str, ours: float, faces: Sequence[FaceRef], truth: Mapping[FaceKey, str]) -> Row:
    """Return BCubed F1 of every rule for faces, each at the threshold that serves it best."""
    theirs = {
        program: max(measures.bcubed(rule(faces, threshold), truth) for threshold in THRESHOLDS)
        for program, rule in FACE_RULES.items()
    }
    return Row(name, ours, theirs)


def simulated_row(name: str, seeds: Iterable[int]) -> Row:
    """Return the means of a figure over some simulated lives."""
    rows = [SIMULATED[name](*_life(seed, moves=name == "home-days-moving")) for seed in seeds]
    theirs = {program: mean(row.theirs[program] for row in rows) for program in rows[0].theirs}
    return Row(name, mean(row.ours for row in rows), theirs)


@cache
def _life(seed: int, *, moves: bool) -> tuple[Roll, Plan]:
    roll = simulate(years=YEARS, seed=seed, first=FIRST, moves=moves)
    return roll, plan(roll.library, FIRST + timedelta(days=DAYS))


def _events(roll: Roll, made: Plan) -> Row:
    theirs = {
        "LibrePhotos": measures.boundary_f1(libre_photos.events(roll.library), roll),
        "PhotoPrism": measures.boundary_f1(photo_prism.events(roll.library), roll),
    }
    return Row("event-boundaries-f1", measures.boundary_f1(measures.events_of(made), roll), theirs)


def _trips(roll: Roll, made: Plan) -> Row:
    theirs = {
        "Ente": measures.trip_f1(ente.trips(roll.library), roll),
        "Immich": measures.trip_f1(immich.trips(roll.library, HOME_POINT), roll),
        "PhotoPrism": measures.trip_f1(photo_prism.trips(roll.library), roll),
    }
    return Row("trips-f1", measures.trip_f1(measures.trips_of(made, roll), roll), theirs)


def _home(roll: Roll, made: Plan) -> Row:
    theirs = {"Ente": measures.home_share(ente.homes(roll.library), roll, FIRST, DAYS)}
    return Row("home-days", measures.home_share(made.homes, roll, FIRST, DAYS), theirs)


def _people(roll: Roll, made: Plan) -> Row:
    grouping = measures.grouped(roll.library)
    faces = sorted(face_refs(roll.library.assets), key=lambda f: (f.taken, f.asset_id, f.index))
    return people_row("people-bcubed-f1", measures.bcubed_f1(grouping, roll.truth), faces, roll.truth.person)


SIMULATED: Mapping[str, Callable[[Roll, Plan], Row]] = {
    "event-boundaries-f1": _events,
    "trips-f1": _trips,
    "home-days": _home,
    "home-days-moving": _home,
    "people-bcubed-f1": _people,
}
"""How each figure is measured on a simulated life."""
