"""Wrong clocks: told by what other pictures say, set right where these agree, else believed no longer.

The rule, in three steps:

1. *Numbers.* A camera numbers its pictures in the order in which it takes them. A session (pictures between
   which its clock does not leap) that goes back in time behind its neighbours in number has a wrong clock, if
   these are in order themselves.
2. *Scenes.* A camera that knows no places has a clock that no network sets. A session of it has a wrong clock
   if it shows nothing of what others show at its time, but what they show within two days of it, all at one
   distance in time (or about a year before or after, or at any time if nobody took a picture near it).
3. *Repair.* The clock is moved to where others show the same scenes, by whole hours where that comes to the
   same. Else its pictures go between their neighbours in number where these are close, or to the same day of
   another year where that alone leads between them. Whatever is found must lie between the neighbours in
   number. A session that nothing sets right is put aside: it founds and joins no event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from services.domain.clock_shifts import Neighbours, told_by_numbers, told_by_scenes
from services.domain.columns import Bools, Floats
from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import CaptureTimeSource
from services.domain.scenes import Scenes
from services.domain.sequences import camera_rolls
from services.domain.suspects import sessions

UNDATED_SOURCES = frozenset({CaptureTimeSource.HINT, CaptureTimeSource.UPLOAD})
"""Times that say when a file was copied rather than when a picture was taken."""


@dataclass(frozen=True)
class Mended:
    """A library after its clocks were compared."""

    library: Library
    moved: frozenset[AssetId] = frozenset()
    """Pictures that got another time."""
    aside: frozenset[AssetId] = frozenset()
    """Pictures whose time is believed no longer."""


def mend(library: Library) -> Mended:
    """Compare the clocks of a library; pure, and the order of its assets changes nothing.

    Pictures on days that the owner hid stay there.
    """
    assets = _by_time(library.assets)
    seconds = np.array([asset.capture_time.timestamp() for asset in assets], dtype=np.float64)
    dated = np.array([a.capture_time_source not in UNDATED_SOURCES for a in assets], dtype=np.bool_)
    rolls = list(camera_rolls(assets, seconds, dated))
    found = [(roll, session) for roll in rolls for session in sessions(roll, seconds, dated)]
    believed = dated.copy()
    for _, session in found:
        believed[session.members] &= not session.wrong
    others = Neighbours(Scenes(assets, library.scopes), seconds, believed)
    drifting = {id(roll) for roll in rolls if others.scenes.never_located(roll.members)}
    times = seconds.copy()
    for roll, session in found:
        clocked = bool(dated[session.members[0]])
        if clocked:
            times[session.members] = told_by_scenes(session, others, may_drift=id(roll) in drifting)
        if session.wrong and (not clocked or np.isnan(times[session.members]).any()):
            times[session.members] = told_by_numbers(session, assets, clocked=clocked)
    return _mended(library, assets, seconds, dated, times)


def _by_time(assets: Sequence[LibraryAsset]) -> list[LibraryAsset]:
    return sorted(assets, key=lambda asset: (asset.capture_time, asset.id))


def _mended(
    library: Library, assets: Sequence[LibraryAsset], seconds: Floats, dated: Bools, times: Floats
) -> Mended:
    """Write found times into a library; NaN is a time that nothing is known of."""
    moved, aside, changed = set(), set(), list(assets)
    for i in np.flatnonzero(times != seconds).tolist():
        asset = assets[i]
        if asset.day in library.hidden_days:
            continue
        if np.isnan(times[i]):
            aside.add(asset.id)
            changed[i] = replace(asset, capture_time_source=CaptureTimeSource.UPLOAD)
            continue
        moved.add(asset.id)
        at = asset.capture_time + timedelta(seconds=float(times[i] - seconds[i]))
        source = asset.capture_time_source if dated[i] else CaptureTimeSource.FILE_NAME
        changed[i] = replace(asset, capture_time=at, capture_time_source=source)
    return Mended(replace(library, assets=tuple(changed)), frozenset(moved), frozenset(aside))
