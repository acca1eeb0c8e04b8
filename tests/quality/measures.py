"""How well events, trips, home and people are found, against the truth of a simulated camera roll."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from services.domain.identity import AssetId
from services.domain.library import Library
from services.domain.people import Grouping, face_refs, group
from services.domain.places import Home
from services.domain.stories.plan import Plan
from tests.quality.evidence_check import false_claims
from tests.quality.life import HOME_POINT, SECOND_POINT
from tests.quality.pools import showable, sphere_km
from tests.quality.simulator import Roll, Truth

SAME_TRIP = 0.8
"""Jaccard similarity from which a found trip is a true one."""
AT_HOME_KM = 2.0


def f1(right: int, found: int, true: int) -> float:
    """Return the harmonic mean of precision and recall; 1 where nothing was there and nothing found."""
    return 2 * right / (found + true) if found + true else 1.0


def boundary_f1(plan: Plan, roll: Roll) -> float:
    """Return F1 of the cuts between pictures that follow each other on the timeline, bad clocks left out."""
    found = {id_: event.id for event in plan.events for id_ in event.asset_ids}
    usable = [a for a in roll.library.assets if a.id in found and a.id not in roll.truth.broken]
    order = [a.id for a in sorted(usable, key=lambda a: (a.capture_time, a.id))]
    pairs = list(pairwise(order))
    cuts = {i for i, (a, b) in enumerate(pairs) if found[a] != found[b]}
    true = {i for i, (a, b) in enumerate(pairs) if roll.truth.episode[a] != roll.truth.episode[b]}
    return f1(len(cuts & true), len(cuts), len(true))


def trip_f1(plan: Plan, roll: Roll) -> float:
    """Return F1 of trips; a trip is found when most pictures of both are the same."""
    ordered = sorted(roll.library.assets, key=lambda a: (a.capture_time.timestamp(), a.id))
    found = [{ordered[i].id for i in trip.members.tolist()} for trip in plan.trips]
    true: dict[int, set[AssetId]] = defaultdict(set)
    for id_, trip in roll.truth.trip.items():
        if id_ not in roll.truth.broken:
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
    found: dict[Hashable, Hashable] = {
        face: (person or face)
        for asset, people in grouping.assignments.items()
        for face, person in (((asset, k), person) for k, person in enumerate(people))
    }
    return bcubed(found, dict(truth.person))


def bcubed(found: Mapping[Hashable, Hashable], true: Mapping[Hashable, Hashable]) -> float:
    """Return BCubed F1 of two labellings of the same items (Bagga and Baldwin, 1998)."""
    both = Counter((found[item], true[item]) for item in found)
    found_size, true_size = Counter(found.values()), Counter(true[item] for item in found)
    precision = sum(n * n / found_size[label] for (label, _), n in both.items()) / len(found)
    recall = sum(n * n / true_size[label] for (_, label), n in both.items()) / len(found)
    return 2 * precision * recall / (precision + recall)


def one_face_a_person(grouping: Grouping) -> float:
    """Return the share of pictures in which nobody is found twice."""
    pictures = [[p for p in people if p] for people in grouping.assignments.values()]
    return sum(len(people) == len(set(people)) for people in pictures) / max(len(pictures), 1)


def true_evidence(plan: Plan, library: Library) -> tuple[int, int]:
    """Return how many sentences of evidence hold, and how many there are."""
    said = sum(len(story.evidence) for story in plan.stories)
    return said - sum(len(false_claims(story, library, plan)) for story in plan.stories), said


def clean_stories(plan: Plan, library: Library) -> tuple[int, int]:
    """Return how many stories show only what may be shown, and how many there are."""
    allowed = {asset.id for asset in library.assets if showable(asset, library)}
    clean = sum(all(item.asset_id in allowed for item in story.media) for story in plan.stories)
    return clean, len(plan.stories)


def _jaccard(one: set[AssetId], other: set[AssetId]) -> float:
    return len(one & other) / len(one | other)
