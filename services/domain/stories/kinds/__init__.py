"""The kinds of stories, one file a kind: each says when it is due and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.domain.stories.kinds import (
    anniversary,
    birthday,
    event,
    first_snow,
    month,
    occasion,
    on_this_day,
    person,
    season,
    theme,
    then_and_now,
    together,
    trip,
    weekend,
    year,
)
from services.domain.stories.kinds.rule import Rule
from services.domain.stories.story import StoryKind

RULES: Mapping[StoryKind, Rule] = MappingProxyType(
    {
        StoryKind.BIRTHDAY: birthday.propose,
        StoryKind.ANNIVERSARY: anniversary.propose,
        StoryKind.OCCASION: occasion.propose,
        StoryKind.ON_THIS_DAY: on_this_day.propose,
        StoryKind.FIRST_SNOW: first_snow.propose,
        StoryKind.TRIP: trip.propose,
        StoryKind.WEEKEND: weekend.propose,
        StoryKind.MONTH: month.propose,
        StoryKind.SEASON: season.propose,
        StoryKind.YEAR: year.propose,
        StoryKind.EVENT: event.propose,
        StoryKind.PERSON: person.propose,
        StoryKind.TOGETHER: together.propose,
        StoryKind.THEN_AND_NOW: then_and_now.propose,
        StoryKind.THEME: theme.propose,
    }
)
"""The rule of every kind that is told."""
