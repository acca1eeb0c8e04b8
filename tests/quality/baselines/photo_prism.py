"""PhotoPrism's rules: faces by DBSCAN from 5 faces on, moments by month and country."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId
from services.domain.library import Library
from tests.quality.baselines.density import dbscan
from tests.quality.baselines.located import by_time
from tests.quality.real.faces import Groups

CORE = 5


def people(faces: Sequence[FaceRef], threshold: float) -> Groups:
    """Group faces; `threshold` is the least cosine of neighbours."""
    return dbscan(faces, threshold, CORE)


def events(library: Library) -> dict[AssetId, tuple[int, int, str]]:
    """Return the moment that each photo is in: year, month and country."""
    return {
        a.id: (a.day.year, a.day.month, a.place.country_code if a.place else "") for a in by_time(library)
    }


def trips(library: Library) -> list[set[AssetId]]:
    """Return the moments in other countries than that of most photos."""
    countries = Counter(asset.place.country_code for asset in library.assets if asset.place)
    moments: dict[tuple[int, int, str], set[AssetId]] = defaultdict(set)
    for id_, moment in events(library).items():
        if moment[2] not in {"", countries.most_common(1)[0][0]}:
            moments[moment].add(id_)
    return list(moments.values())
