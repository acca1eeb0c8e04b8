"""An anniversary that its owner declared: due on the day, every year from the first one on.

It shows the people whom it names, together, since that day; or, where it names nobody, what was taken on the
date in each of the years. Whoever is hidden, or has no name to be told by, keeps it untold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import reduce
from types import MappingProxyType

import numpy as np

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.occasions import Anniversary, anniversaries
from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft, form_for
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Said

LEAST = 3
SHOWN_DAYS = 7
A_COUPLE = 2
TITLES: Mapping[OccasionKind, str] = MappingProxyType(
    {
        OccasionKind.ANNIVERSARY: "title.anniversary.declared",
        OccasionKind.WEDDING_DAY: "title.wedding_day.declared",
    }
)
"""What is said of two people where the owner gave no title."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the declared anniversaries of today and of the six days before."""
    first = context.today - timedelta(days=SHOWN_DAYS - 1)
    for anniversary in anniversaries(context.roll.library.declared, first, context.today):
        title = _title(context, anniversary)
        if title:
            yield _draft(context, anniversary, title)


def is_told_today(context: Context) -> bool:
    """Tell whether there is enough to show of an anniversary of this very day."""
    today = (draft for draft in propose(context) if draft.due == context.today)
    return any(context.showable(draft.pool).size >= draft.least for draft in today)


def couples(context: Context) -> frozenset[str]:
    """Return the pairs, by key, who have told their day: nobody need be asked."""
    people = (occasion.people for occasion in context.roll.library.declared.values())
    return frozenset("+".join(sorted(two)) for two in people if len(two) == A_COUPLE)


def _title(context: Context, anniversary: Anniversary) -> Said:
    """Return what to call it; nothing where it is not to be told."""
    occasion, known = anniversary.occasion, context.roll.library.people
    people = [known[person] for person in occasion.people if person in known and not known[person].hidden]
    if len(people) < len(occasion.people):
        return ""
    if occasion.title:
        return occasion.title
    names = [person.name for person in people if person.name]
    if len(names) < A_COUPLE:
        return ""
    years = wording.count("years", anniversary.years)
    return wording.say(TITLES[occasion.kind], years=years, names=wording.join(names))


def _draft(context: Context, anniversary: Anniversary, title: Said) -> Draft:
    occasion, on = anniversary.occasion, anniversary.on
    pool = _pool(context, occasion, on)
    day, years = dates.day(occasion.day), wording.count("years", anniversary.years)
    return Draft(
        kind=StoryKind.ANNIVERSARY,
        key=f"{anniversary.id}/{on.year}",
        title=title,
        subtitle=wording.say("subtitle.anniversary.declared", years=years, day=day),
        pool=pool,
        least=LEAST,
        due=on,
        expires=on + timedelta(days=SHOWN_DAYS),
        form=form_for(context, pool),
        strength=1.0,
        because=(wording.say("why.anniversary.declared", day=day, years=years, on=dates.day(on)),),
        people=occasion.people,
        found_by=frozenset({Scope.FACES}) if occasion.people else frozenset(),
    )


def _pool(context: Context, occasion: DeclaredOccasion, on: date) -> Ints:
    """Return what it may show, up to the day on which it is due."""
    if not occasion.people:
        years = range(occasion.day.year, on.year)
        days = [dates.on_year(occasion.day, year).toordinal() for year in years]
        return context.on_days(np.array(days, dtype=np.int64))
    nobody: Ints = np.zeros(0, dtype=np.int64)
    members = (context.roll.person_members.get(person, nobody) for person in occasion.people)
    together = context.dated(reduce(np.intersect1d, members))
    taken = context.roll.days[together]
    return together[(occasion.day.toordinal() <= taken) & (taken < on.toordinal())]
