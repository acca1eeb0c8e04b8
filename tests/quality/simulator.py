"""Plausible camera rolls with known truth: a family's years of everyday life, outings, parties and trips.

Everything comes from one seeded generator. The truth says of each picture to which episode and trip it
belongs and who each face is, so that segmentation, trips, home and face grouping can be measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.domain.facets import Face, Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Box, CaptureTimeSource, MediaKind
from tests.quality.appearance import Looks, Scenes
from tests.quality.cameras import Cameras
from tests.quality.life import BIRTHDAYS, FAMILY, Episode, Life, shift

THEMES = ("beach", "mountains", "food", "dogs", "city", "flowers", "snow", "museum")
RIGHT = timedelta(minutes=1)
"""A clock that is off by more is wrong."""


@dataclass
class Truth:
    """What really happened."""

    episode: dict[AssetId, int] = field(default_factory=dict)
    trip: dict[AssetId, int] = field(default_factory=dict)
    person: dict[tuple[AssetId, int], str] = field(default_factory=dict)
    taken: dict[AssetId, datetime] = field(default_factory=dict)
    """When each picture was really taken, whatever its clock says."""
    broken: set[AssetId] = field(default_factory=set)
    """Pictures whose clock is wrong."""
    moved: date | None = None
    """The first day in the second home."""


@dataclass(frozen=True)
class Roll:
    """A simulated library and the truth about it."""

    library: Library
    truth: Truth


def simulate(
    *,
    years: float = 2.0,
    seed: int = 1,
    first: date = date(2022, 1, 1),
    activity: float = 1.0,
    moves: bool = False,
    second_home: bool = False,
    width: int = 64,
) -> Roll:
    """Return a library of `years` from `first` on; `activity` scales how much is photographed.

    Args:
        years: Length of the simulated time.
        seed: The same seed gives the same library.
        first: The first day.
        activity: 1 for about 1,500 pictures a year.
        moves: The family changes its home half-way.
        second_home: It spends many weekends at a house of its own, and somebody works in another city.
        width: Length of the embeddings of what pictures show.
    """
    days, rng = int(years * 365), np.random.default_rng(seed)
    life = Life(rng, first, days, activity, moves=moves, second_home=second_home)
    roll = _Camera(np.random.default_rng(seed + 1), width).shoot(life)
    return _with_cameras(roll, np.random.default_rng(seed + 2))


def _with_cameras(roll: Roll, rng: np.random.Generator) -> Roll:
    """Say with which camera each picture was taken, and spoil some clocks."""
    truth, order = roll.truth, {asset.id: i for i, asset in enumerate(roll.library.assets)}
    files = Cameras(rng, truth.episode).develop(sorted(roll.library.assets, key=lambda asset: asset.id))
    truth.broken |= {a.id for a in files if abs(a.capture_time - truth.taken[a.id]) > RIGHT}
    return replace(
        roll, library=replace(roll.library, assets=tuple(sorted(files, key=lambda a: order[a.id])))
    )


class _Camera:
    """Takes the pictures of a life: with bursts, copies, screenshots, lost dates and lost GPS."""

    def __init__(self, rng: np.random.Generator, width: int) -> None:
        self._rng = rng
        self._looks = Looks(rng, FAMILY)
        self._scenes = Scenes(rng, width, THEMES)
        self._assets: list[LibraryAsset] = []
        self._truth = Truth()

    def shoot(self, life: Life) -> Roll:
        """Return the library of a life."""
        for number, episode in enumerate(life.episodes):
            self._cover(number, episode)
        self._truth.moved = life.moved
        people = {
            PersonId(name.lower()): Person(name=name, birthday=born)
            for name, born in zip(FAMILY, BIRTHDAYS, strict=True)
        }
        order = self._rng.permutation(len(self._assets)).tolist()
        library = Library(tuple(self._assets[i] for i in order), people)
        return Roll(library, self._truth)

    def _cover(self, number: int, episode: Episode) -> None:
        at, scene, lost_gps = episode.start, self._scenes.new(), self._rng.random() < 0.03
        for _ in range(episode.pictures):
            pause = (
                self._rng.uniform(40, 100)
                if self._rng.random() < 0.02
                else self._rng.exponential(episode.pace)
            )
            at += timedelta(minutes=float(pause) + 0.05)
            if self._rng.random() < 0.3:
                scene = self._scenes.new()
            asset = self._picture(number, episode, at, scene, lost_gps)
            if self._rng.random() < 0.06:
                self._copy(asset, number, episode)

    def _picture(
        self, number: int, episode: Episode, at: datetime, scene: int, lost_gps: bool
    ) -> LibraryAsset:
        id_ = AssetId(f"a{len(self._assets):07d}")
        look = self._scenes.shoot(scene)
        asset = LibraryAsset(
            id=id_,
            kind=MediaKind.VIDEO if self._rng.random() < 0.04 else MediaKind.PHOTO,
            capture_time=at,
            capture_time_source=CaptureTimeSource.EXIF_OFFSET,
            width=4032,
            height=3024,
            coordinates=None if lost_gps else shift(episode.point, self._rng, episode.spread_km),
            place=None if lost_gps else episode.place,
            themes=look.themes,
            embedding=look.embedding,
            perceptual_hash=look.perceptual_hash,
            quality=float(self._rng.beta(5, 3)),
            sensitive=0.9 if self._rng.random() < 0.004 else 0.01,
            screenshot=self._rng.random() < 0.02,
        )
        asset = self._with_faces(asset, episode)
        self._keep(self._with_bad_clock(asset), number, episode, at)
        return asset

    def _with_faces(self, asset: LibraryAsset, episode: Episode) -> LibraryAsset:
        names = [FAMILY[p] for p in episode.people if self._rng.random() < 0.5]
        family = len(names)
        names += [self._looks.stranger() for _ in range(self._rng.poisson(0.15))]
        faces = tuple(self._face(name, k, len(names)) for k, name in enumerate(names))
        for k, name in enumerate(names):
            self._truth.person[asset.id, k] = name
        people = tuple(PersonId(n.lower()) if k < family else None for k, n in enumerate(names))
        return replace(asset, faces=faces, people=people)

    def _face(self, name: str, k: int, of: int) -> Face:
        left, width = k / of, min(0.8 / of, 0.25)
        quality = float(self._rng.beta(4, 2))
        embedding = self._looks.shoot(name, quality)
        box = Box(left, 0.3, left + width, 0.3 + width * 1.3)
        return Face(box, 0.9, (), embedding, quality, float(self._rng.random()))

    def _with_bad_clock(self, asset: LibraryAsset) -> LibraryAsset:
        if self._rng.random() >= 0.01:
            return asset
        self._truth.broken.add(asset.id)
        copied = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self._assets))
        return replace(asset, capture_time=copied, capture_time_source=CaptureTimeSource.UPLOAD)

    def _copy(self, asset: LibraryAsset, number: int, episode: Episode) -> None:
        """Add the next picture of a burst."""
        twin = replace(
            asset,
            id=AssetId(f"a{len(self._assets):07d}"),
            capture_time=asset.capture_time + timedelta(seconds=1),
            faces=(),
            people=(),
            duplicate_of=asset.id,
        )
        self._keep(twin, number, episode, twin.capture_time)

    def _keep(self, asset: LibraryAsset, number: int, episode: Episode, taken: datetime) -> None:
        self._assets.append(asset)
        self._truth.taken[asset.id] = taken
        self._truth.episode[asset.id] = number
        if episode.trip >= 0:
            self._truth.trip[asset.id] = episode.trip
