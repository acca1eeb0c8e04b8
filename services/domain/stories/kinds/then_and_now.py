"""Then and now: a named person, or a place far from home, in good photos that are years apart.

The first good year with somebody (or somewhere) stands beside the last, a few photos of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from services.domain.identity import PersonId
from services.domain.roll import Ints
from services.domain.stories import dates, titles, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.selection import select
from services.domain.stories.shortlist import thin
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
class _Subject:
    """Somebody or somewhere."""

    name: str
    key: str
    members: Ints
    """The pictures of it that may be shown, in order of time."""
    person: PersonId | None = None


@dataclass(frozen=True, eq=False)
class _Contrast:
    """The two sides of one subject, each in order of time."""

    subject: _Subject
    then: Ints
    now: Ints
    years: int
    """Complete years between the sides."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the people and places that the longest time lies between."""
    for subjects, most in ((_people(context), MOST_PEOPLE), (_places(context), MOST_PLACES)):
        found = [contrast for subject in subjects if (contrast := _kept_contrast(context, subject))]
        found.sort(key=lambda contrast: (-contrast.years, contrast.subject.key, int(contrast.then[0])))
        for contrast in found[:most]:
            yield context.of_pool(contrast, contrast.then, partial(_draft, context, contrast))


def _draft(context: Context, contrast: _Contrast) -> Draft:
    subject, years = contrast.subject, wording.count("years", contrast.years)
    then, now = context.time(int(contrast.then[0])).date(), context.time(int(contrast.now[-1])).date()
    return Draft(
        kind=StoryKind.THEN_AND_NOW,
        key=subject.key,
        title=wording.say("title.then_and_now", subject=subject.name),
        subtitle=dates.years((then.year, now.year)),
        pool=np.concatenate([contrast.then, contrast.now]),
        least=LEAST,
        due=now,
        strength=min(contrast.years / LONG_YEARS, 1.0),
        because=(wording.say("why.then_and_now", subject=subject.name, years=years),),
        people=(subject.person,) if subject.person else (),
        found_by=context.roll.scopes_of(subject.members),
    )


def _people(context: Context) -> Iterator[_Subject]:
    """Return everybody with a name."""
    for id_, person in sorted(context.roll.library.people.items()):
        members = context.roll.person_members.get(id_)
        if person.name and members is not None:
            showable = context.shown_of(("person", id_), members).showable
            yield _Subject(person.name, f"person/{id_}", showable, id_)


def _places(context: Context) -> Iterator[_Subject]:
    """Return every named place far from the home of the day that never was home itself."""
    roll = context.roll
    far = (context.distances >= titles.AWAY_KM) & (roll.place_code >= 0)
    shown = context.showable(context.dated(np.flatnonzero(far)))
    codes = roll.place_code[shown]
    order = np.argsort(codes, kind="stable")
    for members in np.split(shown[order], np.flatnonzero(np.diff(codes[order])) + 1):
        place = roll.places[roll.place_code[members[0]]] if members.size else None
        if place and place not in context.home_places:
            settled = context.settled(("place", place), members)
            yield _Subject(place.city, f"place/{place.key}", settled)


def _kept_contrast(context: Context, subject: _Subject) -> _Contrast | None:
    what = "contrast", subject.key, subject.name
    return context.of_pool(what, subject.members, partial(_contrast, context, subject))


def _contrast(context: Context, subject: _Subject) -> _Contrast | None:
    """Return the first and the last good year of a subject; None where too little lies between."""
    good = subject.members[context.roll.quality[subject.members] >= GOOD]
    days = context.roll.days[good]
    if good.size < LEAST or days[-1] - days[0] < YEARS_APART * 365:
        return None
    then = _best(context, subject, good[days < days[0] + SIDE_DAYS])
    now = _best(context, subject, good[days > days[-1] - SIDE_DAYS])
    if min(then.size, now.size) == 0 or then.size + now.size < LEAST:
        return None
    last, first = context.time(int(then[-1])).date(), context.time(int(now[0])).date()
    years = dates.complete_years(last, first)
    return _Contrast(subject, then, now, years) if years >= YEARS_APART else None


def _best(context: Context, subject: _Subject, side: Ints) -> Ints:
    """Return the photos of one side that show the subject best."""
    candidates = thin(context.roll, side, SIDE_CANDIDATES)
    best = context.once(
        ("best", subject.person), candidates, lambda: _places_of_best(context, subject, candidates)
    )
    return candidates[best]


def _places_of_best(context: Context, subject: _Subject, candidates: Ints) -> Ints:
    """Return where among the candidates the best are."""
    close = candidates
    if subject.person:
        near = [i for i in candidates.tolist() if _is_close(context, subject.person, i)]
        close = np.array(near, dtype=np.int64)
    return np.searchsorted(candidates, select(context.roll, close, EACH, photos_only=True))


def _is_close(context: Context, person: PersonId, i: int) -> bool:
    """Tell whether somebody's face can be seen well in a picture."""
    who, faces = context.roll.assets[i].people, context.roll.faces(i)
    return any(p == person and face.box.height >= CLOSE for p, face in zip(who, faces, strict=False))
