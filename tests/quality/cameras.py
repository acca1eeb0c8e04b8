"""Who takes the pictures of a life: a phone whose clock is right, and a camera whose clock often is not.

The camera knows no place, numbers its pictures, and is now and then off by years, days or hours, or begins
at the epoch of its firmware. What comes of a wrong clock is found as for real files: `capture_time.resolve`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np

from services.domain.capture import MediaFacts
from services.domain.capture_time import resolve
from services.domain.identity import AssetId
from services.domain.library import LibraryAsset
from services.domain.media import Camera, CaptureTimeSource

PHONE, CAMERA = Camera("Apple", "iPhone 12"), Camera("NIKON", "COOLPIX S9900")
NAMES = {PHONE: "IMG_{:04d}.HEIC", CAMERA: "DSCN{:04d}.JPG"}
WITH_CAMERA = 0.2
"""Share of the episodes of FEWEST pictures or more at which the camera is there."""
FEWEST = 6
ALONE = 0.25
"""Share of those at which the phone stays in the pocket."""
CAMERA_SHARE = 0.4
"""Share of pictures that the camera takes at the others."""
WRONG = 0.35
"""Share of the camera's episodes at which its clock is wrong."""
EDITED = 0.003
"""Share of the phone's pictures that a program dated a year too late or too early."""
DELETED = 0.1
"""Pictures taken for each one kept that the library lacks."""

Clock = Callable[[datetime], datetime]


class Cameras:
    """Gives each picture a camera, a file name and what its clock says."""

    def __init__(self, rng: np.random.Generator, episodes: dict[AssetId, int]) -> None:
        self._rng = rng
        self._episodes = episodes
        self._count = {PHONE: int(rng.integers(1, 9000)), CAMERA: int(rng.integers(1, 2000))}

    def develop(self, assets: Sequence[LibraryAsset]) -> list[LibraryAsset]:
        """Return the pictures, given in the order in which they were taken, as they lie in files."""
        done: list[LibraryAsset] = []
        for _, pictures in groupby(assets, key=lambda asset: self._episodes[asset.id]):
            done += self._episode(list(pictures))
        return done

    def _episode(self, pictures: list[LibraryAsset]) -> list[LibraryAsset]:
        with_camera = len(pictures) >= FEWEST and self._rng.random() < WITH_CAMERA
        share = 0.0 if not with_camera else 1.0 if self._rng.random() < ALONE else CAMERA_SHARE
        clock = self._wrong_clock(pictures[0].capture_time) if self._rng.random() < WRONG else _right
        by_camera = self._rng.random(len(pictures)) < share
        return [
            self._by_camera(picture, clock) if camera else self._by_phone(picture)
            for picture, camera in zip(pictures, by_camera.tolist(), strict=True)
        ]

    def _by_phone(self, picture: LibraryAsset) -> LibraryAsset:
        named = replace(picture, camera=PHONE, filename=self._name(PHONE))
        if self._rng.random() >= EDITED or picture.capture_time_source is CaptureTimeSource.UPLOAD:
            return named
        return replace(named, capture_time=_years(named.capture_time, int(self._rng.choice([-1, 1]))))

    def _by_camera(self, picture: LibraryAsset, clock: Clock) -> LibraryAsset:
        named = replace(picture, camera=CAMERA, filename=self._name(CAMERA), coordinates=None, place=None)
        if picture.capture_time_source is CaptureTimeSource.UPLOAD:
            return named
        says = clock(picture.capture_time)
        facts = MediaFacts(camera=CAMERA, local_time=says.replace(tzinfo=None), utc_offset=says.utcoffset())
        uploaded = picture.capture_time.astimezone(UTC) + timedelta(days=float(self._rng.uniform(0.1, 5)))
        when = resolve(
            facts, named.filename, says, uploaded_at=uploaded, time_zone=None, default_zone="Europe/Vienna"
        )
        return replace(named, capture_time=when.at, capture_time_source=when.source)

    def _name(self, camera: Camera) -> str:
        self._count[camera] += 1 + int(self._rng.random() < DELETED)
        return NAMES[camera].format(self._count[camera] % 10_000)

    def _wrong_clock(self, start: datetime) -> Clock:
        kind = self._rng.integers(5)
        sign, hours = int(self._rng.choice([-1, 1])), int(self._rng.integers(2, 12))
        woke = start - timedelta(hours=float(self._rng.uniform(0, 8)))
        if kind == 0:
            return lambda time: _years(time, sign)
        if kind == 1:
            return lambda time: time + sign * timedelta(days=1)
        if kind == 2:
            return lambda time: time + sign * timedelta(hours=hours)
        if kind == 3:
            return lambda time: _years(time, 2099 - time.year)
        epoch = datetime(1980 if sign < 0 else 2016, 1, 1, tzinfo=start.tzinfo)
        return lambda time: epoch + (time - woke)


def _right(time: datetime) -> datetime:
    return time


def _years(time: datetime, years: int) -> datetime:
    """Turn the year of a clock; on the 29th of February it shows the 28th."""
    day = min(time.day, 28) if time.month == 2 else time.day
    return time.replace(year=time.year + years, day=day)
