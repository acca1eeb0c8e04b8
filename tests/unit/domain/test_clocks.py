from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.clocks import Mended, mend
from services.domain.consent import Scope
from services.domain.library import LibraryAsset
from services.domain.media import Camera, CaptureTimeSource
from services.domain.roll import Roll
from services.domain.sequences import in_order
from services.domain.timeline import album_event, segment
from tests.quality import measures
from tests.quality.simulator import simulate
from tests.unit.domain.album import GRAZ, GRAZ_POINT, Album, at

DAY = date(2024, 5, 4)
PHONE, COMPACT = Camera("Apple", "iPhone 12"), Camera("NIKON", "COOLPIX")
SCENES = np.eye(40, dtype=np.float32)


def shoot(
    album: Album,
    start: datetime,
    first: int,
    n: int = 10,
    *,
    camera: Camera = COMPACT,
    off: timedelta = timedelta(),
    scenes: bool = False,
    **changes: object,
) -> list[LibraryAsset]:
    """Take a numbered picture every five minutes, by a clock that is off; picture k shows scene k."""
    name = "DSCN{:04d}.JPG" if camera is COMPACT else "IMG_{:04d}.HEIC"
    return [
        album.add(
            start + k * timedelta(minutes=5) + off,
            camera=camera,
            filename=name.format((first + k) % 10_000),
            embedding=SCENES[k] if scenes else None,
            **changes,
        )
        for k in range(n)
    ]


def years_of_one_camera(album: Album, off: timedelta, gap_days: float = 1.0) -> list[LibraryAsset]:
    """Take pictures on three days; those of the second have a wrong clock."""
    gap = timedelta(days=gap_days)
    shoot(album, at(DAY, 10), 1, 20)
    wrong = shoot(album, at(DAY, 10) + gap, 21, off=off)
    shoot(album, at(DAY, 10) + 2 * gap, 31, 20)
    return wrong


def moved(mended: Mended, wrong: list[LibraryAsset]) -> list[timedelta]:
    """Return by how much each picture was moved."""
    found = {asset.id: asset.capture_time for asset in mended.library.assets}
    return [found[asset.id] - asset.capture_time for asset in wrong]


def test_clocks_that_are_right_are_let_alone() -> None:
    album = Album()
    years_of_one_camera(album, timedelta())
    library = album.library()
    assert mend(library).library.assets == library.assets


@pytest.mark.parametrize("year", [2023, 2025])
def test_a_clock_off_by_a_year_is_set_right_by_the_numbers_of_its_pictures(year: int) -> None:
    album = Album()
    off = datetime(year, 5, 5) - datetime(2024, 5, 5)
    wrong = years_of_one_camera(album, off)
    assert moved(mend(album.library()), wrong) == [-off] * 10


def test_a_picture_between_close_neighbours_goes_between_them() -> None:
    album = Album()
    shoot(album, at(DAY, 10), 1)
    (wrong,) = shoot(album, at(DAY, 10, 50), 11, 1, off=timedelta(days=-900))
    shoot(album, at(DAY, 10, 55), 12)
    (by,) = moved(mend(album.library()), [wrong])
    assert at(DAY, 10, 45) <= wrong.capture_time + by <= at(DAY, 10, 55)


def test_a_picture_without_a_date_takes_that_of_its_neighbours_in_number() -> None:
    album = Album()
    shoot(album, at(DAY, 10), 1)
    source = {"capture_time_source": CaptureTimeSource.UPLOAD}
    (wrong,) = shoot(album, at(DAY, 10), 11, 1, off=timedelta(days=9), **source)
    shoot(album, at(DAY, 10, 55), 12)
    library = mend(album.library()).library
    (found,) = (asset for asset in library.assets if asset.id == wrong.id)
    assert (found.day, found.capture_time_source) == (DAY, CaptureTimeSource.FILE_NAME)


def test_a_clock_that_nothing_sets_right_is_believed_no_longer_and_in_no_event() -> None:
    album = Album()
    wrong = years_of_one_camera(album, timedelta(days=-3000), gap_days=30)
    shoot(album, wrong[0].capture_time, 500, camera=PHONE)
    assert mend(album.library()).aside == {asset.id for asset in wrong}
    roll = Roll.of(album.library())
    held = {roll.assets[i].id for stretch in segment(roll) for i in stretch.members.tolist()}
    assert held.isdisjoint(asset.id for asset in wrong)
    assert len(held) == 50


@pytest.mark.parametrize("hours", [-9, 1, 7, 24, -24])
def test_a_clock_off_by_hours_is_set_right_by_what_others_show(hours: int) -> None:
    album = Album()
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    shoot(album, at(DAY, 10), 1, scenes=True, **here)
    wrong = shoot(album, at(DAY, 10, 2), 1, off=timedelta(hours=hours), scenes=True)
    assert moved(mend(album.library()), wrong) == [timedelta(hours=-hours)] * 10
    assert mend(album.library(scopes=frozenset(Scope) - {Scope.CONTENT})).moved == frozenset()


def test_two_cameras_of_one_model_accuse_nobody() -> None:
    album = Album()
    for n in range(0, 100, 2):
        shoot(album, at(DAY, 10) + timedelta(days=n), 100 + n, 1)
        shoot(album, at(DAY, 10) + timedelta(days=500 + n), 101 + n, 1)
    mended = mend(album.library())
    assert (mended.moved, mended.aside) == (frozenset(), frozenset())


def test_a_camera_that_counts_anew_is_not_wrong() -> None:
    album = Album()
    for n in range(60):
        shoot(album, at(DAY, 10) + timedelta(days=n), 9_700 + 10 * n)
    mended = mend(album.library())
    assert (mended.moved, mended.aside) == (frozenset(), frozenset())


def test_a_hidden_day_keeps_its_pictures() -> None:
    album = Album()
    wrong = years_of_one_camera(album, timedelta(days=-366))
    mended = mend(album.library(hidden_days=frozenset({wrong[0].day})))
    assert mended.moved == frozenset()


def test_an_event_with_a_clock_set_right_rests_on_all_that_its_pictures_carry() -> None:
    album = Album()
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    shoot(album, at(DAY, 10), 1, scenes=True, **here)
    shoot(album, at(DAY, 10, 2), 1, off=timedelta(hours=7), scenes=True)
    roll = Roll.of(album.library())
    (stretch,) = segment(roll)
    assert album_event(roll, stretch).rests_on == {Scope.LOCATION, Scope.CONTENT}


@given(st.lists(st.integers(0, 30), max_size=12))
def test_the_longest_choice_in_order_is_in_order_and_none_is_longer(times: list[int]) -> None:
    chosen = [time for time, kept in zip(times, in_order(times).tolist(), strict=True) if kept]
    assert chosen == sorted(chosen)
    best = [0] * len(times)
    for i, time in enumerate(times):
        best[i] = 1 + max((best[k] for k in range(i) if times[k] <= time), default=0)
    assert len(chosen) == max(best, default=0)


@given(st.randoms(use_true_random=False))
def test_the_order_of_assets_changes_nothing(random: np.random.Generator) -> None:
    album = Album()
    years_of_one_camera(album, timedelta(days=-366))
    library = album.library()
    shuffled = list(library.assets)
    random.shuffle(shuffled)
    mended = mend(replace(library, assets=tuple(shuffled)))
    assert mended.library.assets == mend(library).library.assets


def test_in_a_simulated_life_wrong_clocks_are_set_right_and_right_ones_let_alone() -> None:
    roll = simulate(years=1.0, seed=2, activity=0.6)
    assert len(roll.truth.broken) >= 20
    assert measures.clocks_set_right(roll) >= 0.9
    assert measures.clocks_kept(roll) >= 0.999
