"""Ente's rules: homes, trips, near-duplicates and incremental faces.

Home: clusters of 0.6 km with 10 photos or more on 10 days or more over 6 weeks or more. Trips: away more than
10 km, 20 photos or more on 2 days or more, split at 15 days or any photo at home, hops of at most 800 km and
2 days. Near-duplicates: cosine above 0.80. Faces: each joins the person of its nearest neighbour so far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Coordinates
from services.domain.places import Home, haversine_km
from tests.quality.baselines.located import located, near, span_days
from tests.quality.real.faces import Groups

HOME_KM, HOME_PHOTOS, HOME_DAYS, HOME_WEEKS = 0.6, 10, 10, 6
AWAY_KM, TRIP_PHOTOS, TRIP_DAYS, LONGEST_DAYS = 10.0, 20, 2, 15
HOP_KM, HOP_DAYS = 800.0, 2.0
DUPLICATE = 0.80


def homes(library: Library) -> list[Home]:
    """Return every place that counts as home, that with most photos first, as long as it was seen."""
    centres = np.zeros((0, 2))
    clusters: list[tuple[Coordinates, list[LibraryAsset]]] = []
    for asset, point in located(library):
        km = haversine_km(centres[:, 0], centres[:, 1], point.latitude, point.longitude)
        near_by = np.flatnonzero(km <= HOME_KM)
        if near_by.size:
            clusters[int(near_by[0])][1].append(asset)
        else:
            clusters.append((point, [asset]))
            centres = np.vstack([centres, (point.latitude, point.longitude)])
    lived = [(centre, members) for centre, members in clusters if _lived_in(members)]
    lived.sort(key=lambda cluster: -len(cluster[1]))
    return [Home(c, min(_days(m)), max(_days(m))) for c, m in lived]


def trips(library: Library) -> list[set[AssetId]]:
    """Return the photos of each trip."""
    at_home = homes(library)
    found: list[list[tuple[LibraryAsset, Coordinates]]] = [[]]
    for asset, point in located(library):
        if any(near(home.coordinates, point, AWAY_KM) for home in at_home):
            found.append([])
            continue
        if found[-1] and not _goes_on(found[-1], asset, point):
            found.append([])
        found[-1].append((asset, point))
    members = [[asset for asset, _ in trip] for trip in found]
    long = [m for m in members if len(m) >= TRIP_PHOTOS and span_days(m) >= TRIP_DAYS]
    return [{asset.id for asset in trip} for trip in long] if at_home else []


def people(faces: Sequence[FaceRef], threshold: float) -> Groups:
    """Group faces in the order in which they came; `threshold` is the least cosine of two neighbours."""
    vectors = np.stack([face.embedding for face in faces])
    labels: list[int] = []
    for i in range(len(faces)):
        similarity = vectors[:i] @ vectors[i]
        best = int(similarity.argmax()) if i else -1
        labels.append(labels[best] if best >= 0 and similarity[best] >= threshold else i)
    return {(face.asset_id, face.index): label for face, label in zip(faces, labels, strict=True)}


def _goes_on(trip: Sequence[tuple[LibraryAsset, Coordinates]], asset: LibraryAsset, to: Coordinates) -> bool:
    (first, _), (last, here) = trip[0], trip[-1]
    days = (asset.capture_time - last.capture_time).total_seconds() / 86_400
    whole = (asset.capture_time - first.capture_time).total_seconds() / 86_400
    return days <= HOP_DAYS and near(here, to, HOP_KM) and whole <= LONGEST_DAYS


def _lived_in(members: Sequence[LibraryAsset]) -> bool:
    days = _days(members)
    enough = len(members) >= HOME_PHOTOS and len(days) >= HOME_DAYS
    return enough and max(days) - min(days) >= 7 * HOME_WEEKS


def _days(members: Sequence[LibraryAsset]) -> set[int]:
    return {asset.day.toordinal() for asset in members}
