"""Immich's rules: faces and duplicates; and trips by its add-on Immich Memories.

Faces: linked by density, a person from 3 faces on. Duplicates: cosine distance 0.01. Trips (the add-on): more
than 50 km from home, 2 days or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId
from services.domain.library import Library
from services.domain.media import Coordinates
from tests.quality.baselines.density import dbscan
from tests.quality.baselines.located import located, near, span_days
from tests.quality.real.faces import Groups

MIN_FACES = 3
DUPLICATE = 1 - 0.01
AWAY_KM, TRIP_DAYS = 50.0, 2


def people(faces: Sequence[FaceRef], threshold: float) -> Groups:
    """Group faces; `threshold` is the least cosine of neighbours."""
    return dbscan(faces, threshold, MIN_FACES)


def trips(library: Library, home: Coordinates) -> list[set[AssetId]]:
    """Return the photos of each trip away from a home that the owner has told."""
    runs = groupby(located(library), key=lambda found: near(home, found[1], AWAY_KM))
    away = [[asset for asset, _ in run] for at_home, run in runs if not at_home]
    return [{asset.id for asset in trip} for trip in away if span_days(trip) >= TRIP_DAYS]
