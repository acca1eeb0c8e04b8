"""Then and now: a named person, or a place far from home, in good photos that are years apart.

The first good year with somebody (or somewhere) stands beside the last, a few photos of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from services.domain.identity import PersonId
from services.domain.roll import Ints
from services.domain.stories import dates, titles, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.selection import select, thin
from services.domain.stories.story import StoryKind

EACH = 3
"""Photos of each side."""
LEAST = EACH + 1
"""More than one side alone could give."""
YEARS_APART = 3
"""Complete years between the sides: less has changed too little."""
SIDE_DAYS = 365
"""A side lasts a year: the good photo of a first visit may be that of its last day."""
GOOD = 0.5
"""Quality (0…1) of a photo that is worth a comparison."""
CLOSE = 0.08
"""Height of a face, as a fraction of the picture's, from which one sees how somebody has changed."""
SIDE_CANDIDATES = 120
MOST_PEOPLE, MOST_PLACES = 4, 3
LONG_YEARS = 12.0
"""So many years between the sides leave nothing as it was."""


@dataclass(frozen=True, eq=False)
class _Contrast:
    """The two sides of one subject."""

    subject: str
    """What it is called."""
    key: str
    pool: Ints
    then: date
    now: date
    years: int
    """Complete years between the sides."""
    person: PersonId | None = None


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the people and places that the longest time lies between."""
    for found, most in ((_people(context), MOST_PEOPLE), (_places(context), MOST_PLACES)):
        ranked = sorted(found, key=lambda contrast: (-contrast.years, contrast.key))
        yield from (_draft(contrast) for contrast in ranked[:most])


def _draft(contrast: _Contrast) -> Draft:
    years = wording.count("years", contrast.years)
    return Draft(
        kind=StoryKind.THEN_AND_NOW,
        key=contrast.key,
        title=wording.say("title.then_and_now", subject=contrast.subject),
        subtitle=dates.years((contrast.then.year, contrast.now.year)),
        pool=contrast.pool,
        least=LEAST,
        due=contrast.now,
        strength=min(contrast.years / LONG_YEARS, 1.0),
        because=(wording.say("why.then_and_now", subject=contrast.subject, years=years),),
        people=(contrast.person,) if contrast.person else (),
    )


def _people(context: Context) -> Iterator[_Contrast]:
    for id_, person in sorted(context.roll.library.people.items()):
        members = context.roll.person_members.get(id_)
        if person.name and members is not None:
            sides = _sides(context, _good(context, members), partial(_is_close, context, id_))
            if sides:
                yield _contrast(context, sides, person.name, f"person/{id_}", id_)


def _places(context: Context) -> Iterator[_Contrast]:
    roll = context.roll
    away = _good(context, np.flatnonzero(context.distances >= titles.AWAY_KM))
    for code in np.unique(roll.place_code[away]).tolist():
        if code >= 0 and (sides := _sides(context, away[roll.place_code[away] == code])):
            yield _contrast(context, sides, roll.places[code].city, f"place/{roll.places[code].key}")


def _good(context: Context, members: Ints) -> Ints:
    shown = context.showable(context.dated(members))
    return shown[context.roll.quality[shown] >= GOOD]


def _anything(_: int) -> bool:
    return True


def _sides(context: Context, good: Ints, fits: Callable[[int], bool] = _anything) -> tuple[Ints, Ints] | None:
    """Return the photos of the first and of the last year of some assets; None where little lies between."""
    if good.size == 0:
        return None
    days = context.roll.days[good]
    if days[-1] - days[0] < YEARS_APART * 365:
        return None
    then = _best(context, good[days < days[0] + SIDE_DAYS], fits)
    now = _best(context, good[days > days[-1] - SIDE_DAYS], fits)
    if min(then.size, now.size) == 0 or then.size + now.size < LEAST:
        return None
    return (then, now) if _years_between(context, then, now) >= YEARS_APART else None


def _best(context: Context, side: Ints, fits: Callable[[int], bool]) -> Ints:
    fitting = [i for i in thin(context.roll, side, SIDE_CANDIDATES).tolist() if fits(i)]
    return select(context.roll, np.array(fitting, dtype=np.int64), EACH, photos_only=True)


def _contrast(
    context: Context, sides: tuple[Ints, Ints], subject: str, key: str, person: PersonId | None = None
) -> _Contrast:
    then, now = sides
    return _Contrast(
        subject=subject,
        key=key,
        pool=np.concatenate(sides),
        then=context.time(int(then[0])).date(),
        now=context.time(int(now[-1])).date(),
        years=_years_between(context, then, now),
        person=person,
    )


def _years_between(context: Context, then: Ints, now: Ints) -> int:
    last, first = context.time(int(then[-1])).date(), context.time(int(now[0])).date()
    return dates.complete_years(last, first)


def _is_close(context: Context, person: PersonId, i: int) -> bool:
    """Tell whether somebody's face can be seen well in a picture."""
    who, faces = context.roll.assets[i].people, context.roll.faces(i)
    return any(p == person and face.box.height >= CLOSE for p, face in zip(who, faces, strict=False))
