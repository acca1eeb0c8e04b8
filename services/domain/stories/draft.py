"""From an idea to a story: what a rule proposes, and how it is filled with pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from operator import attrgetter

import numpy as np

from services.domain.consent import Scope
from services.domain.identity import AssetId, PersonId
from services.domain.roll import Ints, Roll
from services.domain.stories import evidence, scoring, taste
from services.domain.stories.context import Context
from services.domain.stories.cooldown import Rest
from services.domain.stories.cover import choose_cover
from services.domain.stories.focus import focus_box
from services.domain.stories.selection import choose
from services.domain.stories.shortlist import Counted, Shortlist
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia, story_id
from services.domain.stories.text import Said
from services.domain.timeline import main_place

COLLAGE_PICTURES = 9
"""More pictures on one page are too small to look at."""
VIDEO_PICTURES = 18
"""At about 2.4 s a picture: three quarters of a minute, as long as anybody watches."""
LARGE_POOL = 500
"""Pools with more pictures are known by the candidates among them."""
LEAST_FOR_VIDEO = 8
"""Fewer pictures are better seen at once."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A story before its pictures are chosen."""

    kind: StoryKind
    key: str
    """What makes it this story among all of its kind: its id is made from both."""
    title: Said
    subtitle: Said
    pool: Ints
    """The assets to choose from, positions in the roll, ascending."""
    least: int
    """With fewer pictures than this there is no story."""
    due: date
    expires: date | None = None
    form: Form = Form.COLLAGE
    strength: float = 0.5
    """0…1: how special the occasion is among its kind."""
    because: tuple[Said, ...] = ()
    """Evidence beyond what the pictures say themselves."""
    pool_told: bool = False
    """`because` says already from how many pictures the story was chosen."""
    people: tuple[PersonId, ...] = ()
    theme: str = ""
    found_by: frozenset[Scope] = frozenset()
    """Scopes whose data led to the idea, beyond those of the pool."""

    @property
    def bare(self) -> tuple[object, ...]:
        """All but the pool."""
        return _ALL_BUT_THE_POOL(self)

    @property
    def wanted(self) -> int:
        """How many pictures to show at most."""
        return VIDEO_PICTURES if self.form is Form.VIDEO else COLLAGE_PICTURES


_ALL_BUT_THE_POOL: Callable[[Draft], tuple[object, ...]] = attrgetter(
    *(name for name in Draft.__dataclass_fields__ if name != "pool")
)


def form_for(context: Context, pool: Ints) -> Form:
    """Return the form that suits a pool: a video where there is enough to show."""
    return Form.VIDEO if context.showable(pool).size >= LEAST_FOR_VIDEO else Form.COLLAGE


def compose(context: Context, draft: Draft) -> Story | None:
    """Choose the pictures of a draft; None where too few may be shown."""
    rest = context.past.rest_of(draft.kind, draft.key)
    return context.of_pool((draft, rest), draft.pool, lambda: _composed(context, draft, rest))


def _composed(context: Context, draft: Draft, rest: Rest) -> Story | None:
    if rest.due:
        draft = replace(draft, due=rest.due)
    if draft.pool.size > LARGE_POOL:
        return _compose_large(context, draft, rest)
    known = (context.today, draft.bare, rest)
    return context.once(known, draft.pool, lambda: _compose_large(context, draft, rest))


def _compose_large(context: Context, draft: Draft, rest: Rest) -> Story | None:
    """Compose a story that is known by its candidates: most pictures more are none."""
    roll = context.roll
    listed = context.grown(
        ("shortlist", draft.kind, draft.key, draft.form),
        draft.pool,
        Shortlist.empty,
        partial(_listed, roll, draft.form),
    )
    candidates, told = listed.candidates.members, listed.counted
    if candidates.size < draft.least:
        return None
    scopes = listed.scopes | draft.found_by
    candidates, aside = _parted(context, candidates, rest)
    scopes |= rest.scopes if aside else frozenset()
    known = (context.today, draft.bare, rest.first_told, aside, told, scopes)

    def made() -> Story | None:
        story = _compose(context, draft, candidates, told, scopes)
        return story and replace(story, first_told=rest.first_told, left_aside=aside)

    return context.once(known, candidates, made)


def _listed(roll: Roll, form: Form, listed: Shortlist, more: Ints) -> Shortlist:
    return listed.and_then(roll, more, photos_only=form is Form.COLLAGE)


def _parted(context: Context, candidates: Ints, rest: Rest) -> tuple[Ints, tuple[AssetId, ...]]:
    """Part the candidates into those that may be chosen, and the ids of those that rest."""
    if not rest.pictures:
        return candidates, ()
    ids = [context.roll.assets[i].id for i in candidates.tolist()]
    resting = np.array([id_ in rest.pictures for id_ in ids], dtype=np.bool_)
    return candidates[~resting], tuple(id_ for id_ in ids if id_ in rest.pictures)


def _compose(
    context: Context, draft: Draft, candidates: Ints, told: Counted, scopes: frozenset[Scope]
) -> Story | None:
    """Choose among the candidates and tell of them: depends on nothing that `compose` does not name."""
    roll = context.roll
    chosen = _chosen(context, candidates, draft.wanted)
    if chosen.size < draft.least:
        return None
    people = draft.people or _people(context, chosen)
    opinions = context.taste.about(taste.subjects(draft.kind, people, draft.theme))
    return Story(
        id=story_id(draft.kind, draft.key),
        kind=draft.kind,
        form=draft.form,
        title=draft.title,
        subtitle=draft.subtitle,
        cover=roll.assets[choose_cover(roll, chosen)].id,
        media=tuple(StoryMedia(roll.assets[i].id, focus_box(roll.faces(i))) for i in chosen.tolist()),
        score=_score(context, draft, chosen, taste.factor(opinions)),
        evidence=(
            *_evidence(context, draft, chosen, told),
            *taste.reason(opinions, context.roll.library.people),
        ),
        start=roll.assets[chosen[0]].capture_time,
        end=roll.assets[chosen[-1]].capture_time,
        due=draft.due,
        expires=draft.expires,
        rests_on=scopes | {Scope.CLOUD_PROCESSING} | ({Scope.LEARNING} if opinions else set()),
        people=people,
        place=main_place(roll, chosen),
        theme=draft.theme,
    )


def _chosen(context: Context, candidates: Ints, wanted: int) -> Ints:
    """Choose, unless it was chosen among the same candidates before: whatever came to their pool."""
    places = context.once(
        ("chosen", wanted),
        candidates,
        lambda: np.searchsorted(candidates, choose(context.roll, candidates, wanted)),
    )
    return candidates[places]


def _evidence(context: Context, draft: Draft, chosen: Ints, told: Counted) -> tuple[Said, ...]:
    said = (evidence.shown(context, chosen), *draft.because)
    return said if draft.pool_told else (*said, *evidence.chosen_from(chosen, told))


def _score(context: Context, draft: Draft, chosen: Ints, liked: float) -> float:
    return scoring.score(
        draft.kind,
        quality=float(context.roll.quality[chosen].mean()),
        fullness=chosen.size / draft.wanted,
        strength=draft.strength,
        age_days=(context.today - draft.due).days,
        taste=liked,
    )


def _people(context: Context, chosen: Ints) -> tuple[PersonId, ...]:
    """Return everybody whom the chosen pictures show."""
    return tuple(sorted({person for i in chosen.tolist() for person in context.roll.people(i)}))
