"""How well events, trips, home and people are found, against the truth of a simulated camera roll."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from services.domain import roll as columns
from services.domain.clocks import mend
from services.domain.identity import AssetId
from services.domain.library import ClockState, Library
from services.domain.people import Grouping, face_refs, group
from services.domain.places import Home
from services.domain.stories.plan import Plan
from tests.quality.evidence_check import false_claims
from tests.quality.life import HOME_POINT, SECOND_POINT
from tests.quality.pools import showable, sphere_km
from tests.quality.simulator import Roll, Truth

Item = TypeVar("Item", bound=Hashable)

SAME_TRIP = 0.8
"""Jaccard similarity from which a found trip is a true one."""
AT_HOME_KM = 2.0
RIGHT = timedelta(hours=1)
"""A clock that is set as closely as this puts a picture into its event."""


def f1(right: int, found: int, true: int) -> float:
    """Return the harmonic mean of precision and recall; 1 where nothing was there and nothing found."""
    return 2 * right / (found + true) if found + true else 1.0


def events_of(plan: Plan) -> dict[AssetId, str]:
    """Return the event that each picture is in."""
    return {id_: event.id for event in plan.events for id_ in event.asset_ids}


def trips_of(plan: Plan, roll: Roll) -> list[set[AssetId]]:
    """Return the pictures of each trip."""
    ordered = columns.Roll.of(roll.library).assets
    return [{ordered[i].id for i in trip.members.tolist()} for trip in plan.trips]


def boundary_f1(found: Mapping[AssetId, Hashable], roll: Roll) -> float:
    """Return F1 of the cuts between pictures of events that were really taken one after the other.

    Wrong clocks are included: a picture in an event to which it does not belong makes two false cuts.

    Args:
        found: The event that each picture is in; those in none are left out.
        roll: With the truth.
    """
    order = sorted(found, key=lambda id_: (roll.truth.taken[id_], id_))
    pairs = list(pairwise(order))
    cuts = {i for i, (a, b) in enumerate(pairs) if found[a] != found[b]}
    true = {i for i, (a, b) in enumerate(pairs) if roll.truth.episode[a] != roll.truth.episode[b]}
    return f1(len(cuts & true), len(cuts), len(true))


def unmixed_clocks(plan: Plan, roll: Roll) -> float:
    """Return the share of pictures with a wrong clock that are in no event of another episode."""
    episode = roll.truth.episode
    mixed = 0
    for event in plan.events:
        of, most = Counter(episode[id_] for id_ in event.asset_ids).most_common(1)[0]
        strangers = [id_ for id_ in event.asset_ids if episode[id_] != of]
        mixed += sum(id_ in roll.truth.broken for id_ in strangers) if most > len(strangers) else 0
    return 1 - mixed / max(len(roll.truth.broken), 1)


def clocks_set_right(roll: Roll) -> float:
    """Return the share of the clocks that were set, that were set to within an hour of the truth."""
    moved = [asset for asset in mend(roll.library).assets if asset.clock is ClockState.MENDED]
    right = sum(abs(asset.capture_time - roll.truth.taken[asset.id]) <= RIGHT for asset in moved)
    return right / len(moved) if moved else 1.0


def clocks_kept(roll: Roll) -> float:
    """Return the share of right clocks that were let alone."""
    touched = {a.id for a in mend(roll.library).assets if a.clock is not ClockState.BELIEVED}
    spoilt = touched - roll.truth.broken
    return 1 - len(spoilt) / (len(roll.truth.taken) - len(roll.truth.broken))


def trip_f1(found: Sequence[set[AssetId]], roll: Roll) -> float:
    """Return F1 of trips; a trip is found when most pictures of both are the same."""
    true: dict[int, set[AssetId]] = defaultdict(set)
    for id_, trip in roll.truth.trip.items():
        true[trip].add(id_)
    right = sum(any(_jaccard(one, other) >= SAME_TRIP for one in found) for other in true.values())
    return f1(right, len(found), len(true))


def home_share(homes: Sequence[Home], roll: Roll, first: date, days: int) -> float:
    """Return on which share of days home was found where it was."""
    right = 0
    for day in (first + timedelta(days=n) for n in range(days)):
        true = SECOND_POINT if roll.truth.moved and day >= roll.truth.moved else HOME_POINT
        home = next((h for h in homes if h.first_day <= day.toordinal() <= h.last_day), None)
        right += home is not None and sphere_km(home.coordinates, true) <= AT_HOME_KM
    return right / days


def grouped(library: Library) -> Grouping:
    """Group the faces of a library of which nobody is known yet."""
    return group(face_refs(replace(asset, people=()) for asset in library.assets), {})


def bcubed_f1(grouping: Grouping, truth: Truth) -> float:
    """Return BCubed F1 of faces; a face that belongs to nobody is a group of its own."""
    found = {
        face: (person or face)
        for asset, people in grouping.assignments.items()
        for face, person in (((asset, k), person) for k, person in enumerate(people))
    }
    return bcubed(found, truth.person)


def bcubed(found: Mapping[Item, Hashable], true: Mapping[Item, Hashable]) -> float:
    """Return BCubed F1 of two labellings of the same items."""
    precision, recall = precision_and_recall(found, true)
    return 2 * precision * recall / (precision + recall)


def precision_and_recall(
    found: Mapping[Item, Hashable], true: Mapping[Item, Hashable]
) -> tuple[float, float]:
    """Return BCubed precision and recall of two labellings of the same items (Bagga and Baldwin, 1998)."""
    both = Counter((found[item], true[item]) for item in found)
    found_size, true_size = Counter(found.values()), Counter(true[item] for item in found)
    precision = sum(n * n / found_size[label] for (label, _), n in both.items()) / len(found)
    recall = sum(n * n / true_size[label] for (_, label), n in both.items()) / len(found)
    return precision, recall


def one_face_a_person(grouping: Grouping) -> float:
    """Return the share of pictures in which nobody is found twice."""
    pictures = [[p for p in people if p] for people in grouping.assignments.values()]
    return sum(len(people) == len(set(people)) for people in pictures) / max(len(pictures), 1)


def true_evidence(plan: Plan, library: Library) -> tuple[int, int]:
    """Return how many sentences of evidence hold, and how many there are."""
    said, library = sum(len(story.evidence) for story in plan.stories), mend(library)
    return said - sum(len(false_claims(story, library, plan)) for story in plan.stories), said


def clean_stories(plan: Plan, library: Library) -> tuple[int, int]:
    """Return how many stories show only what may be shown, and how many there are."""
    library = mend(library)
    allowed = {asset.id for asset in library.assets if showable(asset, library)}
    clean = sum(all(item.asset_id in allowed for item in story.media) for story in plan.stories)
    return clean, len(plan.stories)


def _jaccard(one: set[AssetId], other: set[AssetId]) -> float:
    return len(one & other) / len(one | other)
