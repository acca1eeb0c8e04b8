"""Grouping of real people, from JPEG to groups: who is found, split and merged, and at which threshold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from services.domain import roster
from services.domain.consent import Scope
from services.domain.face_refs import FaceRef
from services.domain.facets import Face, Faces
from services.domain.identity import AssetId
from services.domain.media import Box
from services.domain.people import group
from tests.quality.measures import precision_and_recall
from tests.quality.real.photos import Eyes, labelled

THRESHOLDS = (0.920, 0.925, 0.930, 0.933, 0.935, 0.937, 0.940, 0.943, 0.945, 0.950)
START = datetime(2020, 1, 1, tzinfo=UTC)
FaceKey = tuple[AssetId, int]
Groups = Mapping[FaceKey, Hashable]
"""Who each face is; faces of nobody are groups of their own."""
Grouper = Callable[[Sequence[FaceRef]], Groups]


@dataclass(frozen=True)
class Album:
    """Faces of people whose names are known."""

    faces: Sequence[FaceRef]
    truth: Mapping[FaceKey, str]


@dataclass(frozen=True)
class Score:
    """How well a grouping agrees with the truth."""

    precision: float
    """BCubed, as is recall."""
    recall: float
    people: int
    """Groups of two faces or more."""
    split: int
    """People whose faces are in several of these."""
    merged: int
    """Those that hold faces of several people."""

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


async def real_album(folder: Path, eyes: Eyes) -> Album:
    """Return the faces of all photos of one named person, a photo a day; the most central face is theirs."""
    faces: list[FaceRef] = []
    truth: dict[FaceKey, str] = {}
    for photo in labelled(folder, "faces/", "people/"):
        name = photo.label.partition("=")[2]
        seen = await eyes.look(photo.path.read_bytes(), Scope.FACES, Faces)
        if seen is None or not seen.faces or "+" in name or name in {"", "unlabelled"}:
            continue
        face = min(seen.faces, key=lambda face: _off_centre(face.box))
        asset = AssetId(str(photo.path.relative_to(folder)))
        taken = START + timedelta(days=len(faces))
        faces.append(FaceRef(asset, 0, face.embedding, face.quality, taken))
        truth[asset, 0] = name
    return Album(faces, truth)


async def crowded(folder: Path, eyes: Eyes) -> list[FaceRef]:
    """Return every face of every photo, several of one photo among them."""
    found: list[FaceRef] = []
    for n, photo in enumerate(labelled(folder, "faces/", "people/")):
        seen = await eyes.look(photo.path.read_bytes(), Scope.FACES, Faces)
        faces: Sequence[Face] = seen.faces if seen else ()
        asset, taken = AssetId(photo.path.name), START + timedelta(days=n)
        found += [FaceRef(asset, k, face.embedding, face.quality, taken) for k, face in enumerate(faces)]
    return found


def ours(faces: Sequence[FaceRef], threshold: float = roster.SAME_PERSON) -> Groups:
    """Group by the product's own rule."""
    with patch.object(roster, "SAME_PERSON", threshold):
        assignments = group(faces, {}).assignments
    return {
        (asset, k): person or (asset, k)
        for asset, people in assignments.items()
        for k, person in enumerate(people)
    }


def score(groups: Groups, truth: Mapping[FaceKey, str]) -> Score:
    """Compare a grouping with the truth."""
    precision, recall = precision_and_recall(groups, truth)
    members: dict[Hashable, list[str]] = defaultdict(list)
    for face, found in groups.items():
        members[found].append(truth[face])
    people = [set(names) for names in members.values() if len(names) > 1]
    in_groups = [name for names in people for name in names]
    split = sum(in_groups.count(name) > 1 for name in set(in_groups))
    return Score(precision, recall, len(people), split, sum(len(names) > 1 for names in people))


def nobody_twice(groups: Groups) -> float:
    """Return the share of photos in which no two faces are one person."""
    by_photo: dict[AssetId, list[Hashable]] = defaultdict(list)
    for (asset, _), found in groups.items():
        by_photo[asset].append(found)
    return sum(len(found) == len(set(found)) for found in by_photo.values()) / max(len(by_photo), 1)


def _off_centre(box: Box) -> float:
    x, y = box.center
    return (x - 0.5) ** 2 + (y - 0.5) ** 2
