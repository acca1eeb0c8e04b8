"""How long finding out who is who takes: 200,000 faces from nothing, and one picture more.

The peer compares faces with faces: all pairs to group them, as clustering by density begins, and all faces
to recognise one. All pairs of 200,000 take minutes, so that both are also timed on fewer.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from statistics import median

import numpy as np
from numpy.typing import NDArray

from services.adapters.linear_algebra import limit_threads
from services.domain.face_refs import FaceRef, face_refs
from services.domain.identity import AssetId
from services.domain.people import PeopleIndex
from services.domain.roster import SAME_PERSON
from tests.bench.timing import cpu_seconds, goal
from tests.quality.simulator import simulate

FACES = 200_000
FEWER = 20_000
ONE_MORE = 50
"""Pictures with faces that come one by one, the latest."""
BLOCK = 1000
LIMIT_SECONDS = 60.0
INCREMENT_SECONDS = 0.005

Pictures = Sequence[Sequence[FaceRef]]


def main() -> None:
    """Print the times, then the goals."""
    limit_threads(1)
    pictures = _life()
    grouping, one_more = _ours(pictures)
    fewer = pictures[-FEWER * len(pictures) // FACES :]
    gained = cpu_seconds(lambda: _all_pairs(_vectors(fewer))) / _ours(fewer)[0]
    vectors, face = _vectors(pictures[:-1]), pictures[-1][0].embedding
    looked = median(cpu_seconds(lambda: np.flatnonzero(vectors @ face >= SAME_PERSON)) for _ in range(9))
    print(f"one face beside all {len(vectors):,}: {looked * 1000:.1f} ms")
    print(goal("group-200k-faces-speed", LIMIT_SECONDS / grouping, 1.0))
    print(goal("group-one-more-face-speed", INCREMENT_SECONDS / one_more, 1.0))
    print(goal("group-20k-faces-beside-all-pairs", gained, 1.0))
    print(goal("group-one-more-face-beside-all-faces", looked / one_more, 1.0))


def _life() -> Pictures:
    """Return the pictures with faces of 20 years, some 200,000 faces, in order of time."""
    library = simulate(years=20.0, seed=11, first=date(2006, 1, 1), activity=6.4, width=16).library
    found: dict[AssetId, list[FaceRef]] = defaultdict(list)
    for face in face_refs(replace(asset, people=()) for asset in library.assets if asset.day.year < 2026):
        found[face.asset_id].append(face)
    ordered = sorted(found.values(), key=lambda faces: (faces[0].taken, faces[0].asset_id))
    return _latest(ordered, FACES)


def _latest(pictures: Pictures, faces: int) -> Pictures:
    counts = np.cumsum([len(faces) for faces in reversed(pictures)])
    return pictures[-int(np.searchsorted(counts, faces)) :]


def _ours(pictures: Pictures) -> tuple[float, float]:
    """Return the seconds for all pictures at once, and for one more."""
    before, last = pictures[:-ONE_MORE], pictures[-ONE_MORE:]
    gc.collect()
    gc.freeze()
    index = PeopleIndex({})
    grouping = cpu_seconds(lambda: index.change(before))
    seconds = [cpu_seconds(lambda: index.change([faces])) for faces in last]  # noqa: B023
    print(
        f"{sum(map(len, before)):>9,} faces: {grouping:6.2f} s, {len(index.change().people)} people; "
        f"one picture more: {median(seconds) * 1000:.1f} ms, "
        f"{min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f}",
        flush=True,
    )
    return grouping, median(seconds)


def _all_pairs(vectors: NDArray[np.float32]) -> int:
    """Return how many pairs of faces are alike."""
    blocks = (vectors[first : first + BLOCK] @ vectors.T for first in range(0, len(vectors), BLOCK))
    return sum(int(np.count_nonzero(block >= SAME_PERSON)) for block in blocks)


def _vectors(pictures: Iterable[Sequence[FaceRef]]) -> NDArray[np.float32]:
    return np.stack([face.embedding for faces in pictures for face in faces])


if __name__ == "__main__":
    main()
