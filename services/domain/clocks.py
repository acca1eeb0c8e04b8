"""Wrong clocks: told by what other pictures say, set right where these agree, else believed no longer.

The rule, in four steps:

1. *Numbers.* A camera numbers its pictures in the order in which it takes them. A session (pictures between
   which its clock does not leap) that leaves the order of time has a wrong clock, if its neighbours in number
   are in order themselves. A camera that knows places has its time from a network: of it only a date that is
   off by exactly a year is doubted, as programs write it.
2. *New Year.* A clock that was never set begins on a 1 January. A session of a camera without places on such
   a day, while nobody took anything for two months around, has a wrong clock.
3. *Scenes.* A session of a camera without places also has a wrong clock if it shows nothing of what others
   show at its time, but what they show within two days of it, all at one distance in time (or about a year
   before or after, or at any time if nobody took a picture near it).
4. *Repair.* The clock is moved to where others show the same scenes, by whole hours where that comes to the
   same; pictures without a date are looked for one by one. Else they go between their neighbours in number
   where these are close, or to the same day of another year where that alone leads between them. Whatever is
   found must lie between the neighbours in number. A session that nothing sets right is put aside: it founds
   and joins no event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from services.domain.clock_shifts import times_of
from services.domain.columns import UNDATED_SOURCES, Floats
from services.domain.identity import AssetId
from services.domain.library import ClockState, Library, LibraryAsset
from services.domain.media import CaptureTimeSource
from services.domain.sequences import CameraKey, numbered
from services.domain.suspects import CameraRoll, Session, SessionKey
from services.domain.time_order import Coming, capture_seconds, time_order
from services.domain.witnesses import Window, Witnesses, touches

UNNAMED = -1
"""The number of a camera that gives its pictures no numbers."""


def mend(library: Library) -> Library:
    """Compare the clocks of a library; pure, and the order of its assets changes nothing.

    Pictures on days that the owner hid stay there.
    """
    clocks = Clocks(library)
    return replace(library, assets=tuple(map(clocks.told, library.assets)))


@dataclass(frozen=True, eq=False)
class _Answer:
    """When the pictures of a session were taken, and what that depends on besides them."""

    session: Session
    windows: tuple[Window, ...]
    times: Floats
    told: Mapping[AssetId, LibraryAsset]
    """Those whose time is not believed, as it is believed to be."""


@dataclass(frozen=True, eq=False)
class _Asking:
    """When the answers of one camera asked what others show."""

    keys: Sequence[SessionKey]
    """Whose answer it is, for each time."""
    windows: Floats
    """From and to; float64[windows, 2]."""

    @staticmethod
    def of(answers: Mapping[SessionKey, _Answer]) -> _Asking:
        asked = [(key, window) for key, answer in answers.items() for window in answer.windows]
        ends = np.array([window for _, window in asked], dtype=np.float64).reshape(-1, 2)
        return _Asking([key for key, _ in asked], ends)


class Clocks:
    """Compares the clocks of a library that changes; equal to comparing them all anew."""

    def __init__(self, library: Library) -> None:
        self._scopes = library.scopes
        self._hidden_days = library.hidden_days
        self._raw: dict[AssetId, LibraryAsset] = {}
        self._told: dict[AssetId, LibraryAsset] = {}
        self._numbers: dict[CameraKey, int] = {}
        self._rolls: list[CameraRoll] = []
        self._answers: list[dict[SessionKey, _Answer]] = []
        self._asking: dict[int, _Asking] = {}
        """When the answers of each camera asked; a camera is left out where these changed."""
        self._witnesses = Witnesses()
        self._next_token = 0
        self._take(library.assets, ())

    def assets(self) -> tuple[LibraryAsset, ...]:
        """Return all assets, as their files say."""
        return tuple(self._raw.values())

    def told(self, asset: LibraryAsset) -> LibraryAsset:
        """Return an asset of the library with the time that is believed."""
        return self._told.get(asset.id, asset)

    def change(
        self, put: Iterable[LibraryAsset] = (), gone: Iterable[AssetId] = ()
    ) -> dict[AssetId, LibraryAsset]:
        """Add or replace assets and take others away; return those that changed or came, as they are told.

        Args:
            put: As their files say, each once.
            gone: Others; what is not there is gone already.
        """
        coming = list(put)
        changed = self._take(coming, gone).union(asset.id for asset in coming)
        return {id_: self.told(self._raw[id_]) for id_ in changed if id_ in self._raw}

    def _take(self, put: Sequence[LibraryAsset], gone: Iterable[AssetId]) -> set[AssetId]:
        ids = (*(asset.id for asset in put), *gone) if self._raw else ()
        leaving = [self._raw.pop(id_) for id_ in ids if id_ in self._raw]
        self._raw.update((asset.id, asset) for asset in put)
        coming = self._coming(put)
        self._witnesses.change(leaving, coming)
        came, going = coming.facts["camera"], defaultdict[int, list[LibraryAsset]](list)
        for asset in leaving:
            going[self._numbered(asset)[0]].append(asset)
        stale = (going.keys() | set(np.unique(came).tolist())) - {UNNAMED}
        for camera in stale:
            self._rolls[camera].change(going[camera], coming.only(came == camera))
        return self._answer(stale, np.concatenate([coming.seconds, capture_seconds(leaving)]))

    def _coming(self, put: Sequence[LibraryAsset]) -> Coming:
        """Return pictures with what is compared: their cameras and numbers, who says when they were taken."""
        seconds = capture_seconds(put)
        order = time_order(put, seconds)
        assets = [put[i] for i in order.tolist()]
        numbers = [self._numbered(asset) for asset in assets]
        facts = {
            "camera": np.array([camera for camera, _ in numbers], dtype=np.int64),
            "number": np.array([number for _, number in numbers], dtype=np.int64),
            "dated": np.array([a.capture_time_source not in UNDATED_SOURCES for a in assets], dtype=np.bool_),
            "located": np.array([asset.coordinates is not None for asset in assets], dtype=np.bool_),
        }
        first, self._next_token = self._next_token, self._next_token + len(assets)
        return Coming(assets, seconds[order], np.arange(first, self._next_token), facts)

    def _numbered(self, asset: LibraryAsset) -> tuple[int, int]:
        """Return the number of a picture's camera, and the number that this gave the picture."""
        found = numbered(asset)
        if found is None:
            return UNNAMED, 0
        camera = self._numbers.setdefault(found[0], len(self._rolls))
        if camera == len(self._rolls):
            self._rolls.append(CameraRoll(camera))
            self._answers.append({})
        return camera, found[1]

    def _answer(self, stale: Set[int], changed: Floats) -> set[AssetId]:
        """Find the times anew of all sessions that changed, and of those that asked about what changed.

        Returns:
            The pictures that may now be told otherwise.
        """
        outdated: list[_Answer] = []
        new: dict[SessionKey, Session] = {}
        for camera in stale:
            sessions, answers = self._rolls[camera].suspects(self._scopes), self._answers[camera]
            old = answers.keys() - sessions.keys()
            if old:
                self._asking.pop(camera, None)
            outdated += [answers.pop(key) for key in old]
            new |= {key: sessions[key] for key in sessions.keys() - answers.keys()}
        turned = self._believe([answer.session for answer in outdated], True)
        turned += self._believe(new.values(), False)
        asked = self._asked_about(np.sort(np.concatenate([changed, capture_seconds(turned)])))
        for answer in outdated:
            for id_ in answer.told:
                self._told.pop(id_, None)
        fresh = [self._ask(key, session) for key, session in new.items()]
        fresh += [self._ask(key, answer.session, answer) for key, answer in asked.items()]
        return {id_ for answer in (*outdated, *asked.values(), *fresh) for id_ in answer.told}

    def _asked_about(self, times: Floats) -> dict[SessionKey, _Answer]:
        """Return the answers that depend on what others show at some times, given in ascending order."""
        found: dict[SessionKey, _Answer] = {}
        for camera, answers in enumerate(self._answers):
            if camera not in self._asking:
                self._asking[camera] = _Asking.of(answers)
            asking = self._asking[camera]
            hit = np.flatnonzero(touches(asking.windows, times)).tolist()
            found.update((asking.keys[i], answers[asking.keys[i]]) for i in hit)
        return found

    def _believe(self, sessions: Iterable[Session], believed: bool) -> list[LibraryAsset]:
        """Let the pictures of wrong sessions that are still there be witnesses or not; return them."""
        wrong: list[LibraryAsset] = [
            a for session in sessions if session.wrong for a in session.assets.tolist()
        ]
        held = [asset for asset in wrong if self._raw.get(asset.id) is asset]
        self._witnesses.believe(held, believed)
        return held

    def _ask(self, key: SessionKey, session: Session, before: _Answer | None = None) -> _Answer:
        """Find the times of a session; what is told of its pictures stays the same object if it does."""
        others = self._witnesses.asked_by(session)
        times = times_of(session, others, self._scopes)
        if before and np.array_equal(times, before.times, equal_nan=True):
            told = before.told
        else:
            told = self._otherwise(session, times)
            for id_ in before.told if before else ():
                self._told.pop(id_, None)
        self._told.update(told)
        self._asking.pop(session.camera, None)
        answer = self._answers[session.camera][key] = _Answer(session, tuple(others.windows), times, told)
        return answer

    def _otherwise(self, session: Session, times: Floats) -> dict[AssetId, LibraryAsset]:
        """Return the pictures of a session that were taken at other times than they say."""
        found = zip(session.assets, times.tolist(), strict=True)
        return {
            asset.id: _told(asset, time, session)
            for asset, time in found
            if time != asset.capture_time.timestamp() and asset.day not in self._hidden_days
        }


def _told(asset: LibraryAsset, time: float, session: Session) -> LibraryAsset:
    """Return an asset with the time that it was taken at, NaN where nothing is known of it."""
    if np.isnan(time):
        return replace(asset, capture_time_source=CaptureTimeSource.UPLOAD, clock=ClockState.LOST)
    at = asset.capture_time + timedelta(seconds=time - asset.capture_time.timestamp())
    source = asset.capture_time_source if session.clocked else CaptureTimeSource.FILE_NAME
    return replace(asset, capture_time=at, capture_time_source=source, clock=ClockState.MENDED)
