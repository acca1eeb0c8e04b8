"""How much we believe in a story: what orders an owner's list.

    score = PRIORS[kind] · (0.5 + 0.2·quality + 0.15·fullness + 0.15·strength) · freshness · taste

quality is the mean of the chosen pictures, fullness how many were found of those wanted, strength the
kind's own measure of how special the occasion is (all 0…1). Freshness falls slowly from 1 to 0.8, so that
what happened lately goes before what is long past. Taste (`taste.py`) comes from the owner's feedback, where
LEARNING allows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from services.domain.stories.story import StoryKind

PRIORS: Mapping[StoryKind, float] = MappingProxyType(
    {
        StoryKind.BIRTHDAY: 1.0,
        StoryKind.ANNIVERSARY: 0.98,
        StoryKind.OCCASION: 0.97,
        StoryKind.ON_THIS_DAY: 0.95,
        StoryKind.TRIP: 0.95,
        StoryKind.YEAR: 0.9,
        StoryKind.FIRST_SNOW: 0.9,
        StoryKind.SEASON: 0.85,
        StoryKind.WEEKEND: 0.85,
        StoryKind.MONTH: 0.8,
        StoryKind.PERSON: 0.75,
        StoryKind.EVENT: 0.75,
        StoryKind.THEN_AND_NOW: 0.8,
        StoryKind.TOGETHER: 0.75,
        StoryKind.THEME: 0.65,
    }
)
"""What a well-filled story of each kind is worth: days that come once a year, and journeys, go first."""
LOWEST_FRESHNESS = 0.8
HALF_LIFE_DAYS = 180.0


def score(
    kind: StoryKind, *, quality: float, fullness: float, strength: float, age_days: int, taste: float
) -> float:
    """Return the score of a story, 0…1; the formula is the module's."""
    merit = 0.5 + 0.2 * quality + 0.15 * min(fullness, 1.0) + 0.15 * min(strength, 1.0)
    return round(min(PRIORS[kind] * merit * _freshness(age_days) * taste, 1.0), 4)


def _freshness(age_days: int) -> float:
    return LOWEST_FRESHNESS + (1.0 - LOWEST_FRESHNESS) * math.exp2(-max(age_days, 0) / HALF_LIFE_DAYS)
