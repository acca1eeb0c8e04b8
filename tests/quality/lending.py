"""Lends places to pictures without one again, over plain Python objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Place
from services.domain.stories.plan import Plan


def with_lent_places(library: Library, plan: Plan) -> Library:
    """Let pictures without a place have that of the picture of their event nearest in time."""
    assets = {asset.id: asset for asset in library.assets}
    lent: dict[AssetId, Place | None] = {}
    for event in plan.events:
        members = [assets[id_] for id_ in event.asset_ids if id_ in assets]
        placed = [asset for asset in members if asset.place]
        for asset in members if placed else ():
            if asset.place is None:
                lent[asset.id] = min(placed, key=partial(_apart, asset)).place
    return replace(
        library, assets=tuple(replace(a, place=lent[a.id]) if a.id in lent else a for a in library.assets)
    )


def _apart(one: LibraryAsset, other: LibraryAsset) -> tuple[timedelta, datetime]:
    return abs(other.capture_time - one.capture_time), other.capture_time
