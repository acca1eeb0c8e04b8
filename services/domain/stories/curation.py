"""What goes between stories: none tells what another tells, and none are too many on one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from services.domain.identity import AssetId
from services.domain.stories.story import Story

MOST_SHARED = 0.5
"""Of two stories the smaller may share this part of its pictures with the other."""
DAILY_LIMIT = 4
"""New stories a day: more are not looked at. The others wait for the next day, timeless ones first."""


def curate(stories: Iterable[Story], today: date, *, began: bool = False) -> tuple[Story, ...]:
    """Return the stories to show today, the best first.

    The best story of all is kept, then the best of those that do not mostly repeat a kept one, and so on.

    Args:
        stories: What the rules propose.
        today: The day.
        began: Stories were told before today. Then no more are new than a day may have, whenever they were
            due: who uploads the pictures of twenty years gets their stories little by little. Who has none
            yet sees at once what there is.
    """
    ranked = sorted(stories, key=lambda story: (-story.score, story.kind, story.id))
    shown = _spread(_distinct(ranked), today)
    if began:
        shown = _few_new(shown, today)
    return tuple(sorted(shown, key=lambda story: (-story.score, story.kind, story.id)))


def _distinct(ranked: Iterable[Story]) -> list[Story]:
    kept: list[Story] = []
    showing: dict[AssetId, tuple[int, ...]] = {}
    for story in ranked:
        ids = story.asset_ids
        shared = [showing[id_] for id_ in ids if id_ in showing]
        if not shared or _is_new(len(ids), Counter(chain.from_iterable(shared)), kept):
            this = (len(kept),)
            for id_ in ids:
                showing[id_] = showing[id_] + this if id_ in showing else this
            kept.append(story)
    return kept


def _is_new(pictures: int, shared: Mapping[int, int], kept: Sequence[Story]) -> bool:
    """Tell whether a story shares few enough of its pictures with those kept, by the position of these."""
    return all(n <= MOST_SHARED * min(pictures, len(kept[o].media)) for o, n in shared.items())


def _spread(ranked: Iterable[Story], today: date) -> list[Story]:
    """Keep what is due and not expired, a limited number a day; what has to wait becomes due later."""
    taken: Counter[date] = Counter()
    shown = []
    for story in sorted(ranked, key=lambda story: story.expires is None):
        due = story.due
        while taken[due] >= DAILY_LIMIT:
            due += timedelta(days=1)
        if due <= today and (story.expires is None or max(due, today) < story.expires):
            taken[due] += 1
            shown.append(replace(story, due=due) if due != story.due else story)
    return shown


def _few_new(shown: Iterable[Story], today: date) -> list[Story]:
    """Leave out new stories beyond the daily limit: those that can wait, then the worst."""
    by_need = sorted(shown, key=lambda story: (story.expires is None, -story.score, story.kind, story.id))
    new = [story for story in by_need if story.first_told == today]
    return [story for story in by_need if story.first_told != today] + new[:DAILY_LIMIT]
