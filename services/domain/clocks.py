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
   same. Else its pictures go between their neighbours in number where these are close, or to the same day of
   another year where that alone leads between them. Whatever is found must lie between the neighbours in
   number. A session that nothing sets right is put aside: it founds and joins no event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from services.domain.clock_shifts import times_of
from services.domain.identity import AssetId
from services.domain.library import ClockState, Library, LibraryAsset
from services.domain.media import CaptureTimeSource
from services.domain.sequences import CameraKey, numbered
from services.domain.suspects import CameraRoll, Numbered, Session, SessionKey
from services.domain.time_order import capture_seconds
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
    told: tuple[LibraryAsset, ...]
    """Those whose time is not believed, as it is believed to be."""


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
        self._witnesses = Witnesses()
        self.change(library.assets)

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
        ids = (*(asset.id for asset in coming), *gone)
        leaving = [self._raw.pop(id_) for id_ in ids if id_ in self._raw]
        self._raw.update((asset.id, asset) for asset in coming)
        stale = self._take_in(leaving, coming)
        told = dict(self._told)
        self._answer(stale, [*leaving, *coming])
        changed = {asset.id for asset in coming}
        changed |= {id_ for id_ in told.keys() | self._told if told.get(id_) is not self._told.get(id_)}
        return {id_: self.told(self._raw[id_]) for id_ in changed if id_ in self._raw}

    def _take_in(self, leaving: Sequence[LibraryAsset], coming: Sequence[LibraryAsset]) -> Set[int]:
        """Put assets where they are compared; return the cameras whose pictures these are."""
        gone, new = defaultdict[int, list[LibraryAsset]](list), defaultdict[int, list[Numbered]](list)
        cameras = []
        for asset in leaving:
            gone[self._camera(asset)[0]].append(asset)
        for asset in coming:
            camera, number = self._camera(asset)
            new[camera].append((asset, number))
            cameras.append(camera)
        self._witnesses.change(leaving, coming, cameras)
        named = (gone.keys() | new.keys()) - {UNNAMED}
        for camera in named:
            self._rolls[camera].change(gone[camera], new[camera])
        return named

    def _camera(self, asset: LibraryAsset) -> tuple[int, int]:
        """Return the number of a picture's camera, and the number that this gave the picture."""
        found = numbered(asset)
        if found is None:
            return UNNAMED, 0
        camera = self._numbers.setdefault(found[0], len(self._rolls))
        if camera == len(self._rolls):
            self._rolls.append(CameraRoll(camera))
            self._answers.append({})
        return camera, found[1]

    def _answer(self, stale: Set[int], changed: Sequence[LibraryAsset]) -> None:
        """Find the times anew of all sessions that changed, and of those that asked about what changed."""
        asking: list[Session] = []
        touched = list(changed)
        for camera in stale:
            sessions = {s.key: s for s in self._rolls[camera].suspects(self._scopes)}
            answers = self._answers[camera]
            for key in answers.keys() - sessions.keys():
                touched += self._withdraw(answers.pop(key))
            new = [session for key, session in sessions.items() if key not in answers]
            touched += self._accuse(new)
            asking += new
        times = np.sort(capture_seconds(touched))
        for answers in self._answers:
            windows = [(key, window) for key, answer in answers.items() for window in answer.windows]
            hit = touches((window for _, window in windows), times)
            again = dict.fromkeys(windows[i][0] for i in np.flatnonzero(hit).tolist())
            asking += [answers.pop(key).session for key in again]
        for session in asking:
            self._tell(session)

    def _accuse(self, sessions: Iterable[Session]) -> list[LibraryAsset]:
        """Let sessions that are wrong be no witnesses; return their pictures."""
        wrong: list[LibraryAsset] = [a for session in sessions if session.wrong for a in session.assets]
        self._witnesses.believe(wrong, False)
        return wrong

    def _withdraw(self, answer: _Answer) -> list[LibraryAsset]:
        """Forget what was found out of a session; return the pictures that are witnesses again."""
        for asset in answer.told:
            self._told.pop(asset.id, None)
        if not answer.session.wrong:
            return []
        held: list[LibraryAsset] = answer.session.assets.tolist()
        again = [asset for asset in held if self._raw.get(asset.id) is asset]
        self._witnesses.believe(again, True)
        return again

    def _tell(self, session: Session) -> None:
        others = self._witnesses.asked_by(session)
        times = times_of(session, others, self._scopes)
        told = tuple(
            _told(asset, time, session)
            for asset, time in zip(session.assets, times.tolist(), strict=True)
            if time != asset.capture_time.timestamp() and asset.day not in self._hidden_days
        )
        self._answers[session.camera][session.key] = _Answer(session, tuple(others.windows), told)
        for asset in session.assets:
            self._told.pop(asset.id, None)
        self._told.update((asset.id, asset) for asset in told)


def _told(asset: LibraryAsset, time: float, session: Session) -> LibraryAsset:
    """Return an asset with the time that it was taken at, NaN where nothing is known of it."""
    if np.isnan(time):
        return replace(asset, capture_time_source=CaptureTimeSource.UPLOAD, clock=ClockState.LOST)
    at = asset.capture_time + timedelta(seconds=time - asset.capture_time.timestamp())
    source = asset.capture_time_source if session.clocked else CaptureTimeSource.FILE_NAME
    return replace(asset, capture_time=at, capture_time_source=source, clock=ClockState.MENDED)
