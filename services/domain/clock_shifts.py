"""How far off a session's clock is: by the scenes that others show, by its numbers."""

from __future__ import annotations

import numpy as np

from services.domain.columns import Floats, Ints
from services.domain.consent import Scope
from services.domain.lost_times import (
    AGREEING,
    CLOSE,
    MOST_OTHERS,
    TOGETHER,
    between_anchors,
    told_one_by_one,
)
from services.domain.media import CaptureTimeSource
from services.domain.scenes import alike
from services.domain.suspects import WITNESSES, Session
from services.domain.witnesses import Asking, on_new_year

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0
SAMPLE = 12
"""Pictures of a session that are compared with others."""
NEARBY = 2 * DAY
"""How far off a clock may be whose numbers do not betray it."""
SNAP = 900.0
"""A shift so close to a whole number of hours is one."""
BEGAN_ANEW = 60 * DAY
"""A New Year's Day so far from all that anybody took otherwise is the first day of a clock."""


def times_of(session: Session, others: Asking, scopes: frozenset[Scope]) -> Floats:
    """Return when a session's pictures were taken, by the rule of `clocks`; float64[pictures].

    That is what its clock says where nothing speaks against it, and NaN where the clock is wrong and nobody
    says how much.

    Args:
        session: What to find the time of.
        others: Whom to ask.
        scopes: What may be asked for.
    """
    says = session.seconds
    if not session.clocked:
        return says if _copied_in_time(session) else told_one_by_one(session, others, scopes)
    wrong = session.wrong or _began_anew(session, others)
    if not session.networked and says.size >= WITNESSES:
        shift = _told_by_scenes(session, others, scopes, wrong=wrong)
        if shift is not None:
            return np.asarray(says + shift)
    return _told_by_numbers(session) if wrong else says


def _copied_in_time(session: Session) -> bool:
    """Tell whether what the files' own dates say, if not an upload, agrees with the numbers."""
    dated = all(asset.capture_time_source is CaptureTimeSource.HINT for asset in session.assets)
    return dated and session.allows(float(session.seconds.min()), float(session.seconds.max()))


def _told_by_numbers(session: Session) -> Floats:
    """Return when pictures of a wrong clock were taken, by those before and after in number."""
    if not session.networked and session.latest - session.earliest <= CLOSE:
        return between_anchors(session)
    years = session.years_off()
    return np.asarray(session.seconds + (np.nan if years is None else years))


def _began_anew(session: Session, others: Asking) -> bool:
    """Tell whether a clock without a network shows the first day of its calendar."""
    if session.networked or not all(map(on_new_year, session.assets)):
        return False
    return others.alone(float(session.seconds.min()) - BEGAN_ANEW, float(session.seconds.max()) + BEGAN_ANEW)


def _told_by_scenes(
    session: Session, others: Asking, scopes: frozenset[Scope], *, wrong: bool
) -> float | None:
    """Return the seconds by which a clock is off, by others that show the same; None if they do not say."""
    says, sample = session.seconds, _sample(session.seconds.size)
    if Scope.CONTENT not in scopes or not (wrong or _out_of_company(session, sample, others, scopes)):
        return None
    shift = _shift(session, sample, others, _where_it_may_belong(session, others, wrong=wrong), scopes)
    if shift is None or not session.allows(float(says.min()) + shift, float(says.max()) + shift):
        return None
    return shift


def _out_of_company(session: Session, sample: Ints, others: Asking, scopes: frozenset[Scope]) -> bool:
    """Tell whether nobody shows at its time what a session shows."""
    says = session.seconds
    near = others.between(float(says.min()) - TOGETHER, float(says.max()) + TOGETHER)[:MOST_OTHERS]
    lags = np.abs(others.seconds(near)[None, :] - says[sample][:, None])
    same = alike(session.assets[sample], others.assets(near), scopes)
    return not bool((same & (lags <= TOGETHER)).any())


def _where_it_may_belong(session: Session, others: Asking, *, wrong: bool) -> Ints:
    """Return the pictures among which a session may have been taken.

    Where its clock is wrong, those between its neighbours in number; else those within NEARBY of its time, or
    of its time in the years before and after; all that its numbers allow where nobody took any near its time.
    """
    if wrong:
        return others.between(session.earliest, session.latest)
    first, last = float(session.seconds.min()) - NEARBY, float(session.seconds.max()) + NEARBY
    near = [others.between(first + shift, last + shift) for shift in (0.0, -YEAR, YEAR)]
    if near[0].size:
        return np.unique(np.concatenate(near))
    return others.between(session.earliest, session.latest)


def _shift(
    session: Session, sample: Ints, others: Asking, near: Ints, scopes: frozenset[Scope]
) -> float | None:
    """Return the seconds by which the clock is off, if enough pictures agree in one answer."""
    if not 0 < near.size <= MOST_OTHERS:
        return None
    rows, columns = np.nonzero(alike(session.assets[sample], others.assets(near), scopes))
    lags = others.seconds(near[columns]) - session.seconds[sample[rows]]
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


def _sample(n: int) -> Ints:
    """Return some positions, spread over n."""
    return np.linspace(0, n - 1, min(n, SAMPLE)).round().astype(np.int64)
