"""LibrePhotos' rule for events: a pause of 36 hours ends one."""

from __future__ import annotations

from datetime import timedelta

from services.domain.identity import AssetId
from services.domain.library import Library
from tests.quality.baselines.located import by_time

GAP = timedelta(hours=36)


def events(library: Library) -> dict[AssetId, int]:
    """Return the number of the event that each photo is in."""
    found: dict[AssetId, int] = {}
    number, last = 0, None
    for asset in by_time(library):
        number += last is not None and asset.capture_time - last > GAP
        found[asset.id], last = number, asset.capture_time
    return found
