"""When pictures were taken that have no clock at all: one by one, by who shows the same and by their numbers.

A picture that shows what others show, all of them at one time, was taken then: it is an anchor. What lies
between two anchors in number, close to each other in time, lies between them in time as well.
"""

from __future__ import annotations

import numpy as np

from services.domain.columns import Floats
from services.domain.consent import Scope
from services.domain.media import CaptureTimeSource
from services.domain.scenes import alike
from services.domain.suspects import WITNESSES, Session
from services.domain.witnesses import Asking

CLOSE = 3600.0
"""Seconds between neighbours in number that leave no doubt of what lies between them."""
TOGETHER = 1800.0
"""Seconds within which two cameras that are together show the same scene."""
AGREEING = 0.3
"""Share of a session's pictures that must show what others show, for these to say when it was."""
ANCHORED = 0.5
"""The same where no clock tells how far apart they were taken: each stands for itself alone."""
MOST_OTHERS = 4000
"""More pictures than this between two neighbours in number are not looked through."""
LONGEST_ROOM = 180 * 86_400.0
"""Seconds; in a longer time too much looks alike."""


def told_one_by_one(session: Session, others: Asking, scopes: frozenset[Scope]) -> Floats:
    """Return when pictures without a clock were taken; NaN where nobody says; float64[pictures].

    Args:
        session: The pictures.
        others: Whom to ask.
        scopes: What may be asked for.
    """
    return between_anchors(session, _anchors(session, others, scopes))


def between_anchors(session: Session, anchors: Floats | None = None) -> Floats:
    """Spread pictures by number between anchors and the neighbours of the session, where two are close.

    Args:
        session: The pictures.
        anchors: Seconds at which some were taken, never falling, NaN for others; float64[pictures].
    """
    times = np.full(session.seconds.size, np.nan) if anchors is None else anchors
    known = np.flatnonzero(~np.isnan(times))
    numbers = np.concatenate([session.around[:1], session.numbers[known], session.around[1:]])
    seconds = np.concatenate([[session.earliest], times[known], [session.latest]])
    after = np.searchsorted(known, np.arange(times.size))
    with np.errstate(invalid="ignore"):
        close = seconds[after + 1] - seconds[after] <= CLOSE
    spread = np.interp(session.numbers, numbers, seconds)
    return np.where(np.isnan(times) & close, spread, times)


def _anchors(session: Session, others: Asking, scopes: frozenset[Scope]) -> Floats:
    """Return when some were taken, if enough of them say so and it agrees with their numbers; else NaN."""
    nothing = np.full(session.seconds.size, np.nan)
    if Scope.CONTENT not in scopes or session.latest - session.earliest > LONGEST_ROOM:
        return nothing
    near = others.between(session.earliest, session.latest)
    if session.seconds.size < WITNESSES or not 0 < near.size <= MOST_OTHERS:
        return nothing
    same, when = alike(session.assets, others.assets(near), scopes), others.seconds(near)
    same &= when <= _latest(session)[:, None]
    shown = np.flatnonzero(same.any(axis=1))
    times = nothing.copy()
    for at in shown.tolist():
        seen = when[same[at]]
        times[at] = np.median(seen) if seen.max() - seen.min() <= TOGETHER else np.nan
    return _agreeing(times)


def _agreeing(times: Floats) -> Floats:
    """Return the times that enough others stand by, in the order of their numbers; NaN for the rest."""
    known = times[~np.isnan(times)]
    support = (np.abs(known[:, None] - known[None, :]) <= TOGETHER).sum(axis=1)
    times[~np.isnan(times)] = np.where(support >= WITNESSES, known, np.nan)
    found = ~np.isnan(times)
    risen = np.maximum.accumulate(times[found])
    if found.sum() < ANCHORED * times.size or bool((risen - times[found] > TOGETHER).any()):
        return np.full(times.size, np.nan)
    times[found] = risen
    return times


def _latest(session: Session) -> Floats:
    """Return until when each picture may have been taken: until it was uploaded."""
    uploaded = [asset.capture_time_source is CaptureTimeSource.UPLOAD for asset in session.assets]
    return np.where(uploaded, session.seconds, np.inf)
