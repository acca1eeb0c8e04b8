"""How far off a session's clock is: by the scenes that others show, by its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from services.domain.columns import Bools, Floats, Ints
from services.domain.library import LibraryAsset
from services.domain.scenes import Scenes
from services.domain.suspects import Session

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0
SAMPLE = 12
"""Pictures of a session that are compared with others."""
MOST_OTHERS = 4000
"""More pictures than this between two neighbours in number are not looked through."""
NEARBY = 2 * DAY
"""How far off a clock may be whose numbers do not betray it."""
TOGETHER = 1800.0
"""Seconds within which two cameras that are together show the same scene."""
AGREEING = 0.3
"""Share of a session's pictures that must show what others show, for these to say when it was."""
WITNESSES = 3
"""Pictures that must, however few there are."""
SNAP = 900.0
"""A shift so close to a whole number of hours is one."""
CLOSE = 3600.0
"""Seconds between neighbours in number that leave no doubt of what lies between them."""
TELLING = 6.0
"""A shift is found by fitting in between alone where it is so many times as long as what it fits into."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The pictures whose clocks are believed; the columns are those of all pictures, in order of time."""

    scenes: Scenes
    seconds: Floats
    believed: Bools

    def between(self, earliest: float, latest: float, session: Session) -> Ints:
        """Return the believed pictures of a time that are not of this session."""
        low = int(np.searchsorted(self.seconds, earliest, side="left"))
        high = int(np.searchsorted(self.seconds, latest, side="right"))
        found = low + np.flatnonzero(self.believed[low:high])
        return np.setdiff1d(found, session.members, assume_unique=True)


def told_by_scenes(session: Session, others: Neighbours, *, may_drift: bool) -> Floats:
    """Return when a session's pictures were taken, by others that show the same; float64[members].

    That is what its clock says where nothing speaks against it, and NaN where the clock is wrong and nobody
    says how much.

    Args:
        session: What to find the time of.
        others: Whom to ask.
        may_drift: Its camera's clock may be wrong although its numbers are in order: no network sets it.
    """
    says = others.seconds[session.members]
    unknown = np.full(says.size, np.nan) if session.wrong else says
    if says.size < WITNESSES or not (session.wrong or (may_drift and _out_of_company(session, others))):
        return unknown
    near = _where_it_may_belong(session, others)
    shift = _shift(session, others, near)
    if shift is None or not session.allows(float(says.min()) + shift, float(says.max()) + shift):
        return unknown
    return np.asarray(says + shift)


def told_by_numbers(session: Session, assets: Sequence[LibraryAsset], *, clocked: bool) -> Floats:
    """Return when pictures were taken, by those before and after in number; NaN where these do not say."""
    room = session.latest - session.earliest
    if room <= CLOSE:
        return np.interp(session.numbers, session.around, (session.earliest, session.latest))
    says = np.array([assets[i].capture_time.timestamp() for i in session.members.tolist()])
    shifts = _years(assets[int(session.members[0])]) if clocked else []
    fitting = [s for s in shifts if session.allows(says.min() + s, says.max() + s)]
    if len(fitting) == 1 and abs(fitting[0]) >= TELLING * room:
        return np.asarray(says + fitting[0])
    return np.full(says.size, np.nan)


def _out_of_company(session: Session, others: Neighbours) -> bool:
    """Tell whether nobody shows at its time what a session shows."""
    says, sample = others.seconds[session.members], _sample(session.members)
    near = others.between(float(says.min()) - TOGETHER, float(says.max()) + TOGETHER, session)[:MOST_OTHERS]
    lags = np.abs(others.seconds[near][None, :] - others.seconds[sample][:, None])
    return not (others.scenes.alike(sample, near) & (lags <= TOGETHER)).any()


def _where_it_may_belong(session: Session, others: Neighbours) -> Ints:
    """Return the pictures among which a session may have been taken.

    Where its numbers tell, those between its neighbours; else those within NEARBY of its time, or of its time
    in the years before and after; all that its numbers allow where nobody took any picture near its time.
    """
    if session.wrong:
        return others.between(session.earliest, session.latest, session)
    says = others.seconds[session.members]
    first, last = float(says.min()) - NEARBY, float(says.max()) + NEARBY
    near = [others.between(first + shift, last + shift, session) for shift in (0.0, -YEAR, YEAR)]
    return (
        np.unique(np.concatenate(near))
        if near[0].size
        else others.between(session.earliest, session.latest, session)
    )


def _shift(session: Session, others: Neighbours, near: Ints) -> float | None:
    """Return the seconds by which the clock is off, if enough pictures agree in one answer."""
    if not 0 < near.size <= MOST_OTHERS:
        return None
    sample = _sample(session.members)
    rows, columns = np.nonzero(others.scenes.alike(sample, near))
    lags = others.seconds[near[columns]] - others.seconds[sample[rows]]
    order = np.argsort(lags, kind="stable")
    rows, lags = rows[order], lags[order]
    ends = np.searchsorted(lags, lags + TOGETHER, side="right")
    votes = np.array([np.unique(rows[i:end]).size for i, end in enumerate(ends.tolist())], dtype=np.int64)
    if not votes.size or votes.max() < max(WITNESSES, AGREEING * sample.size):
        return None
    best = int(votes.argmax())
    shift = float(np.median(lags[best : ends[best]]))
    rivals = votes[np.abs(lags - shift) > 2 * TOGETHER]
    if rivals.size and rivals.max() >= votes[best]:
        return None
    whole = HOUR * round(shift / HOUR)
    return whole if abs(shift - whole) <= SNAP else shift


def _sample(members: Ints) -> Ints:
    """Return some pictures, spread over a session."""
    chosen = np.linspace(0, members.size - 1, min(members.size, SAMPLE)).round().astype(np.int64)
    return np.asarray(members[chosen])


def _years(asset: LibraryAsset) -> list[float]:
    """Return the seconds to the same date in the years before and after."""
    at, found = asset.capture_time, []
    for year in (at.year - 1, at.year + 1):
        with suppress(ValueError):  # the 29th of February
            found.append((at.replace(year=year) - at).total_seconds())
    return found
