"""The stages of a trip: in which city it was on which days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.domain.media import Place
from services.domain.roll import Ints
from services.domain.stories import evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.text import Said, listed

FEWEST, MOST = 2, 4
"""A single stage is the trip; more than a few nobody reads."""


@dataclass(frozen=True, eq=False)
class Stage:
    """Days in a row with most pictures in one city."""

    city: str
    members: Ints
    """The pictures of these days that know where they were taken."""


def stages(context: Context, members: Ints) -> list[Stage]:
    """Return the stages that pictures in order of time tell; days without a place end none."""
    placed = members[context.roll.place_code[members] >= 0]
    days = np.split(placed, np.flatnonzero(np.diff(context.roll.days[placed])) + 1) if placed.size else []
    found: list[Stage] = []
    for day in days:
        city = _main_city(context, day)
        if found and found[-1].city == city:
            found[-1] = Stage(city, np.concatenate([found[-1].members, day]))
        else:
            found.append(Stage(city, day))
    return found


def told(context: Context, members: Ints) -> tuple[Said, ...]:
    """Say where it was when: "Lisbon on 3–4 May 2024; Sintra on 5 May 2024"; nothing of a single stage."""
    found = stages(context, members)
    if not FEWEST <= len(found) <= MOST:
        return ()
    said = [
        wording.say("why.stage", place=stage.city, when=evidence.when(context, stage.members))
        for stage in found
    ]
    return (listed("semicolon", said),)


def _main_city(context: Context, members: Ints) -> str:
    places: list[tuple[Place, int]] = context.roll.places_of(members)
    return places[0][0].city
