"""Two people together: a pair that is often in the same pictures, both of them in each that is shown.

Told of two people with names; or of two without, asking who they are, when both are seen a lot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

import numpy as np

from services.domain.identity import PersonId
from services.domain.pairs import Pair
from services.domain.roll import Ints
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.pools import Shown
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Said, Text

LEAST = 6
LEAST_DAYS = 3
"""Two people seen on fewer days belong to an event."""
COMPANY_SHARE = 0.15
"""The share of the pictures of the one seen less that must show both: else they only met at times."""
FREQUENT = 30
"""Pictures of each of two people from which they matter without a name."""
MOST, MOST_UNNAMED = 6, 1
MOST_EACH = 2
"""Stories that one person may be a half of: the list is about many, not about the most photographed."""
OFTEN = 60.0
"""Two people in so many pictures are certainly close."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the pairs that are together most."""
    found = [(pool.size, pair) for pair in context.pairs if (pool := _together(context, pair)).size]
    found.sort(key=lambda item: (-item[0], item[1].key))
    told: Counter[PersonId] = Counter()
    room = {True: MOST, False: MOST_UNNAMED}
    for _, pair in found:
        named = _named(context, pair)
        if room[named] and all(told[person] < MOST_EACH for person in pair.people):
            room[named] -= 1
            told.update(pair.people)
            what = "together", named, tuple(context.roll.library.people[p].name for p in pair.people)
            yield context.of_pool(what, pair.members, partial(_draft, context, pair, named))


def _together(context: Context, pair: Pair) -> Ints:
    """Return the pictures that a story of the two may show; none where they are not a pair to tell of."""
    shown = _shown(context, pair)
    seen = min(context.roll.person_members[person].size for person in pair.people)
    often = pair.members.size >= COMPANY_SHARE * seen
    known = _named(context, pair) or seen >= FREQUENT
    enough = shown.showable.size >= LEAST and shown.days >= LEAST_DAYS
    return shown.showable if often and known and enough else shown.showable[:0]


def _draft(context: Context, pair: Pair, named: bool) -> Draft:
    shown = _shown(context, pair)
    names = wording.join([context.roll.library.people[person].name for person in pair.people])
    years = dates.year_span(shown.first.year, shown.last.year)
    strength = float(np.log1p(shown.showable.size) / np.log1p(OFTEN))
    return Draft(
        kind=StoryKind.TOGETHER,
        key=pair.key,
        title=names if named else wording.say("title.together.unnamed"),
        subtitle=wording.say("subtitle.together", years=years) if named else wording.say("subtitle.who"),
        pool=shown.pool,
        least=LEAST,
        due=shown.last,
        strength=strength if named else strength / 2,
        because=(_reason(shown, names if named else ""),),
        pool_told=True,
        people=pair.people,
    )


def _shown(context: Context, pair: Pair) -> Shown:
    return context.shown_of(("pair", pair.key), pair.members)


def _named(context: Context, pair: Pair) -> bool:
    return all(context.roll.library.people[person].name for person in pair.people)


def _reason(shown: Shown, names: Said) -> Text:
    media = wording.media(shown.photos, shown.videos)
    when = evidence.between(shown.first, shown.last)
    if names:
        return wording.say("why.together", names=names, media=media, when=when)
    return wording.say("why.together.unnamed", media=media, when=when)
