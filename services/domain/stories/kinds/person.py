"""A person: somebody seen on many days. The named go first; a face without a name asks who it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.pools import Shown
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text

LEAST = 4
LEAST_DAYS = 3
"""Somebody seen on fewer days belongs to an event."""
MOST_NAMED = 12
MOST_UNNAMED = 2
"""One question at a time is kind, three are a chore."""
OFTEN = 100.0
"""Somebody in so many pictures is certainly close to the owner."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the people who are seen most."""
    found = []
    for id_, person in context.roll.library.people.items():
        members = context.roll.person_members.get(id_)
        if members is None:
            continue
        shown = context.shown_of(("person", id_), members)
        if shown.showable.size >= LEAST and shown.days >= LEAST_DAYS:
            found.append((shown.showable.size, id_, person, shown))
    found.sort(key=lambda item: (-item[0], item[1]))
    named = [item for item in found if item[2].name][:MOST_NAMED]
    unnamed = [item for item in found if not item[2].name][:MOST_UNNAMED]
    for _, id_, person, shown in named + unnamed:
        yield context.of_pool("person", shown.pool, partial(_draft, id_, person, shown))


def _draft(id_: PersonId, person: Person, shown: Shown) -> Draft:
    years = dates.year_span(shown.first.year, shown.last.year)
    strength = float(np.log1p(shown.showable.size) / np.log1p(OFTEN))
    return Draft(
        kind=StoryKind.PERSON,
        key=id_,
        title=person.name or wording.say("title.person.unnamed"),
        subtitle=years if person.name else wording.say("subtitle.person.unnamed"),
        pool=shown.pool,
        least=LEAST,
        due=shown.last,
        strength=strength if person.name else strength / 2,
        because=(_reason(person, shown),),
        pool_told=True,
        people=(id_,),
    )


def _reason(person: Person, shown: Shown) -> Text:
    media = wording.media(shown.photos, shown.videos)
    when = evidence.between(shown.first, shown.last)
    if person.name:
        return wording.say("why.person", name=person.name, media=media, when=when)
    return wording.say("why.person.unnamed", media=media, when=when)
