"""Photos on the map, in order of time, as every baseline sees them."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.library import Library, LibraryAsset
from services.domain.media import Coordinates
from tests.quality.pools import sphere_km


def by_time(library: Library) -> list[LibraryAsset]:
    """Return all photos in the order of what their clocks say."""
    return sorted(library.assets, key=lambda asset: (asset.capture_time, asset.id))


def located(library: Library) -> list[tuple[LibraryAsset, Coordinates]]:
    """Return the photos that know where they were taken, in order of time."""
    return [(asset, asset.coordinates) for asset in by_time(library) if asset.coordinates]


def near(one: Coordinates, other: Coordinates, km: float) -> bool:
    """Tell whether two points lie within a distance."""
    return sphere_km(one, other) <= km


def span_days(members: Sequence[LibraryAsset]) -> int:
    """Return how many calendar days photos in order of time touch."""
    return (members[-1].day - members[0].day).days + 1
