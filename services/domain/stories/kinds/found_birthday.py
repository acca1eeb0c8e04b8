"""A birthday that was found: cakes and candles on the same date over the years, always with the same person.

Nobody told the date, so it is proposed as what it is: their pictures of this date, and the question whether
it is their birthday. The pictures that look like one must be of two years, one of them lately; in each the
person is in at least half of those that show anybody, and over all years in more of them than anybody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np

from services.domain.identity import PersonId
from services.domain.occasions import TURN_OF_THE_YEAR, anniversaries, birthdays, same_days
from services.domain.roll import Ints
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text

THEME = "birthday"
LEAST_YEARS = 2
LATELY_YEARS = 4
"""A birthday that was not celebrated for longer is hardly one."""
THEIR_SHARE = 0.5
LEAST = 3
SHOWN_DAYS = 7
MARGIN = timedelta(days=1)
"""A birthday that is known is celebrated on the day before or after, too."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the birthdays that may have been on these days: the question is asked for a week."""
    cakes = context.roll.theme_members.get(THEME, np.zeros(0, dtype=np.int64))
    cakes = context.showable(context.dated(cakes))
    for back in range(SHOWN_DAYS if cakes.size else 0):
        on = context.today - timedelta(days=back)
        if not _is_explained(context, on):
            yield from _on(context, on, cakes)


def _is_explained(context: Context, on: date) -> bool:
    library, first, last = context.roll.library, on - MARGIN, on + MARGIN
    known = birthdays(library.people, first, last) or anniversaries(library.declared, first, last)
    return (on.month, on.day) in TURN_OF_THE_YEAR or bool(known)


def _on(context: Context, on: date, cakes: Ints) -> Iterator[Draft]:
    first = date.fromordinal(int(context.roll.days[cakes[0]])).year
    days = np.array([day.toordinal() for day in same_days(on, first)], dtype=np.int64)
    cakes = cakes[np.isin(context.roll.days[cakes], days)]
    seen = Counter(person for i in cakes.tolist() for person in context.roll.people(i))
    most = seen.most_common(2)
    if not most or (len(most) > 1 and most[0][1] == most[1][1]):
        return
    (person, _), known = most[0], context.roll.library.people
    kept = _kept(context, person, cakes)
    believed = len(kept) >= LEAST_YEARS and kept[-1].year >= on.year - LATELY_YEARS
    if believed and person in known and known[person].birthday is None:
        yield _draft(context, person, on, kept, cakes)


def _kept(context: Context, person: PersonId, cakes: Ints) -> list[date]:
    """Return the days of which this person is in enough of the pictures that look like a birthday."""
    kept = []
    for day in np.unique(context.roll.days[cakes]).tolist():
        shown = [context.roll.people(i) for i in cakes[context.roll.days[cakes] == day].tolist()]
        peopled = [people for people in shown if people]
        if peopled and sum(person in people for people in peopled) >= THEIR_SHARE * len(peopled):
            kept.append(date.fromordinal(day))
    return kept


def _draft(context: Context, person: PersonId, on: date, kept: list[date], cakes: Ints) -> Draft:
    days = np.array([day.toordinal() for day in kept], dtype=np.int64)
    pictures = context.dated(context.roll.person_members[person])
    name, day = context.roll.library.people[person].name, dates.day_of_year(on)
    title, subtitle = wording.say("title.birthday.date", day=day), wording.say("subtitle.person.unnamed")
    if name:
        title = wording.say("title.birthday.found", name=name, day=day)
        subtitle = wording.say("subtitle.birthday.found", name=name)
    return Draft(
        kind=StoryKind.BIRTHDAY,
        key=f"found/{person}/{on.isoformat()}",
        title=title,
        subtitle=subtitle,
        pool=pictures[np.isin(context.roll.days[pictures], days)],
        least=LEAST,
        due=on,
        expires=on + timedelta(days=SHOWN_DAYS),
        strength=1.0,
        because=(_reason(context, person, on, kept, cakes[np.isin(context.roll.days[cakes], days)]),),
        people=(person,),
        found_by=context.roll.scopes_of(cakes),
    )


def _reason(context: Context, person: PersonId, on: date, kept: list[date], cakes: Ints) -> Text:
    name, n = context.roll.library.people[person].name, sum(person in context.roll.people(i) for i in cakes)
    return wording.say(
        "why.birthday.found" if name else "why.birthday.found.unnamed",
        media=evidence.counted(context, cakes),
        day=dates.day_of_year(on),
        years=dates.years(day.year for day in kept),
        n=n,
        **({"name": name} if name else {}),
    )
