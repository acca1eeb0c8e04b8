"""A birthday: the pictures of a named person through the years, from five days before the day.

One that nobody told is asked about: `found_birthday`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.domain.occasions import Birthday, birthdays
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft, form_for
from services.domain.stories.kinds import found_birthday
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text

LEAST = 3
DAYS_BEFORE = 5
"""Time to make something of it, as a card or a shared video."""
DAYS_AFTER = 7


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each birthday of these days, known or found."""
    first, last = context.today - timedelta(days=DAYS_AFTER), context.today + timedelta(days=DAYS_BEFORE)
    for birthday in birthdays(context.roll.library.people, first, last):
        members = context.roll.person_members.get(birthday.person)
        if members is not None and context.showable(context.dated(members)).size >= LEAST:
            yield _draft(context, birthday)
    yield from found_birthday.propose(context)


def _draft(context: Context, birthday: Birthday) -> Draft:
    pool = context.dated(context.roll.person_members[birthday.person])
    return Draft(
        kind=StoryKind.BIRTHDAY,
        key=f"{birthday.person}/{birthday.on.year}",
        title=_title(birthday),
        subtitle=dates.day(birthday.on),
        pool=pool,
        least=LEAST,
        due=birthday.on - timedelta(days=DAYS_BEFORE),
        expires=birthday.on + timedelta(days=DAYS_AFTER + 1),
        form=form_for(context, pool),
        strength=1.0,
        because=(wording.say("why.birthday", name=birthday.name, date=dates.day(birthday.on)),),
        people=(birthday.person,),
    )


def _title(birthday: Birthday) -> Text:
    if birthday.age:
        return wording.say("title.birthday", name=birthday.name, age=birthday.age)
    return wording.say("title.birthday.unknown", name=birthday.name)
