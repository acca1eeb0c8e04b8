from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.chains import in_order
from services.domain.clocks import Clocks, mend
from services.domain.consent import Scope
from services.domain.identity import AssetId
from services.domain.library import ClockState, Library, LibraryAsset
from services.domain.media import Camera, CaptureTimeSource
from services.domain.roll import Roll
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


def state(library: Library, clock: ClockState) -> set[AssetId]:
    """Return the pictures of whose clock this is thought."""
    return {asset.id for asset in mend(library).assets if asset.clock is clock}


def moved(mended: Library, wrong: list[LibraryAsset]) -> list[timedelta]:
    """Return by how much each picture was moved."""
    found = {asset.id: asset.capture_time for asset in mended.assets}
    return [found[asset.id] - asset.capture_time for asset in wrong]


def test_clocks_that_are_right_are_let_alone() -> None:
    album = Album()
    years_of_one_camera(album, timedelta())
    library = album.library()
    assert mend(library).assets == library.assets


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
    library = mend(album.library())
    (found,) = (asset for asset in library.assets if asset.id == wrong.id)
    assert (found.day, found.capture_time_source) == (DAY, CaptureTimeSource.FILE_NAME)


def test_a_clock_that_nothing_sets_right_is_believed_no_longer_and_in_no_event() -> None:
    album = Album()
    wrong = years_of_one_camera(album, timedelta(days=-3000), gap_days=30)
    shoot(album, wrong[0].capture_time, 500, camera=PHONE)
    assert state(album.library(), ClockState.LOST) == {asset.id for asset in wrong}
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
    blind = album.library(scopes=frozenset(Scope) - {Scope.CONTENT})
    assert state(blind, ClockState.MENDED) == set()


def test_two_cameras_of_one_model_accuse_nobody() -> None:
    album = Album()
    for n in range(0, 100, 2):
        shoot(album, at(DAY, 10) + timedelta(days=n), 100 + n, 1)
        shoot(album, at(DAY, 10) + timedelta(days=500 + n), 101 + n, 1)
    assert mend(album.library()).assets == album.library().assets


def test_a_camera_that_counts_anew_is_not_wrong() -> None:
    album = Album()
    for n in range(60):
        shoot(album, at(DAY, 10) + timedelta(days=n), 9_700 + 10 * n)
    assert mend(album.library()).assets == album.library().assets


def test_a_hidden_day_keeps_its_pictures() -> None:
    album = Album()
    wrong = years_of_one_camera(album, timedelta(days=-366))
    assert state(album.library(hidden_days=frozenset({wrong[0].day})), ClockState.MENDED) == set()


def test_an_event_with_a_clock_set_right_rests_on_all_that_its_pictures_carry() -> None:
    album = Album()
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    shoot(album, at(DAY, 10), 1, scenes=True, **here)
    shoot(album, at(DAY, 10, 2), 1, off=timedelta(hours=7), scenes=True)
    roll = Roll.of(album.library())
    (stretch,) = segment(roll)
    assert album_event(roll, stretch).rests_on == {Scope.LOCATION, Scope.CONTENT}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(1, 9)), max_size=8))
def test_spans_are_in_order_if_they_are_on_a_heaviest_chain(spans: list[tuple[int, int, int]]) -> None:
    starts = np.array([start for start, _, _ in spans], dtype=np.float64)
    ends = starts + [length for _, length, _ in spans]
    weights = np.array([weight for _, _, weight in spans], dtype=np.int64)
    chains = {
        chain: sum(weights[i] for i in chain)
        for n in range(len(spans) + 1)
        for chain in combinations(range(len(spans)), n)
        if all(ends[i] <= starts[k] for i, k in pairwise(chain))
    }
    heaviest = max(chains.values())
    on_them = {i for chain, weight in chains.items() if weight == heaviest for i in chain}
    assert set(np.flatnonzero(in_order(starts, ends, weights)).tolist()) == on_them


def test_a_clock_that_began_anew_is_believed_no_longer() -> None:
    album = Album()
    wrong = shoot(album, datetime(2016, 1, 1, 2, tzinfo=UTC), 1)
    shoot(album, at(DAY, 10), 11, 20)
    assert state(album.library(), ClockState.LOST) == {asset.id for asset in wrong}


def test_a_party_on_new_year_is_believed() -> None:
    album = Album()
    shoot(album, datetime(2023, 12, 20, 2, tzinfo=UTC), 1)
    shoot(album, datetime(2024, 1, 1, 0, tzinfo=UTC), 11)
    assert mend(album.library()).assets == album.library().assets


def test_a_phone_whose_clock_a_network_sets_is_doubted_only_by_exactly_a_year() -> None:
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    album = Album()
    shoot(album, at(DAY, 10), 1, 20, **here)
    (sent,) = shoot(album, at(DAY, 10) - timedelta(days=100), 21, 1, **here)
    (edited,) = shoot(album, at(DAY, 12), 22, 1, off=timedelta(days=-366), **here)
    shoot(album, at(DAY, 13), 23, 20, **here)
    assert state(album.library(), ClockState.LOST) == set()
    assert state(album.library(), ClockState.MENDED) == {edited.id}
    assert moved(mend(album.library()), [sent, edited]) == [timedelta(), timedelta(days=366)]


def test_a_picture_without_a_date_belongs_into_the_round_that_lacks_its_number() -> None:
    album = Album()
    copied = {"capture_time_source": CaptureTimeSource.UPLOAD}
    (lost,) = shoot(album, at(DAY, 10) + timedelta(days=999), 9_005, 1, **copied)
    for n in range(250):
        first = 9_000 + 10 * n
        shoot(album, at(DAY, 10) + timedelta(days=n), first, 5 if n == 0 else 10)
        if n == 0:
            shoot(album, at(DAY, 10, 30), 9_006, 4)
    (by,) = moved(mend(album.library()), [lost])
    assert at(DAY, 10, 20) <= lost.capture_time + by <= at(DAY, 10, 30)


def test_an_edited_year_is_found_though_an_earlier_round_lacks_its_number_too() -> None:
    album, last = Album(), {}
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    for n in range(100):
        start = at(DAY, 10) + timedelta(days=5 * n)
        shoot(album, start, 9_500 + 10 * n, 9, **here)
        off = timedelta(days=-365 if n in (60, 80) else 0)
        (last[n],) = shoot(album, start + timedelta(minutes=45), 9_509 + 10 * n, 1, off=off, **here)
    # The other seems to be the very first picture: from then on low numbers are missing.
    assert min(album.assets, key=lambda asset: asset.capture_time) is last[60]
    assert state(album.library(), ClockState.MENDED) == {last[80].id}


def lent_by_a_phone(shown: int) -> tuple[Album, list[LibraryAsset]]:
    """Let a phone show the first scenes of a session of a camera that lost its dates."""
    album = Album()
    here = {"camera": PHONE, "coordinates": GRAZ_POINT, "place": GRAZ}
    shoot(album, at(DAY, 10) - timedelta(days=20), 1, 12)
    shoot(album, at(DAY, 10), 1, shown, scenes=True, **here)
    copied = {"capture_time_source": CaptureTimeSource.UPLOAD}
    lost = shoot(album, at(DAY, 10), 13, off=timedelta(days=3), scenes=True, **copied)
    shoot(album, at(DAY, 10) + timedelta(days=20), 23, 12)
    return album, lost


def test_pictures_without_a_date_are_placed_by_who_shows_the_same() -> None:
    album, lost = lent_by_a_phone(10)
    assert moved(mend(album.library()), lost) == [timedelta(days=-3)] * 10
    blind = album.library(scopes=frozenset(Scope) - {Scope.CONTENT})
    assert state(blind, ClockState.LOST) == {asset.id for asset in lost}


def test_few_likenesses_place_no_picture_without_a_date() -> None:
    album, lost = lent_by_a_phone(4)
    assert state(album.library(), ClockState.LOST) == {asset.id for asset in lost}


def test_a_picture_without_a_date_is_not_placed_after_it_was_uploaded() -> None:
    album, lost = lent_by_a_phone(10)
    early = {asset.id: replace(asset, capture_time=at(DAY, 9)) for asset in lost}
    library = Library(tuple(early.get(asset.id, asset) for asset in album.assets))
    assert state(library, ClockState.LOST) == set(early)


@cache
def spoilt() -> tuple[LibraryAsset, ...]:
    """Some hundred pictures of a phone and a camera, many with wrong clocks."""
    return simulate(years=1.5, seed=4, activity=0.35).library.assets


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**16), st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=8))
def test_clocks_compared_as_pictures_come_and_go_equal_clocks_compared_at_once(
    start: int, steps: list[tuple[bool, int]]
) -> None:
    random = Random(start)
    there = {a.id: a for a in random.sample(spoilt(), random.randrange(len(spoilt())))}
    clocks = Clocks(Library(tuple(there.values())))
    told = {id_: clocks.told(asset) for id_, asset in there.items()}
    for comes, n in steps:
        put = [a for a in random.sample(spoilt(), n) if comes]
        put += [
            replace(a, coordinates=None) for a in random.sample(list(there.values()), min(n, len(there), 2))
        ]
        gone = [] if comes else random.sample(list(there), min(n, len(there)))
        put = list({a.id: a for a in put if a.id not in gone}.values())
        told |= clocks.change(put, gone)
        there = {id_: a for id_, a in (there | {a.id: a for a in put}).items() if id_ not in gone}
        told = {id_: told[id_] for id_ in there}
        assert tuple(told.values()) == mend(Library(tuple(there.values()))).assets


def test_wrong_clocks_that_come_one_by_one_shuffled_are_found_as_at_once() -> None:
    assets = list(spoilt())
    Random(3).shuffle(assets)
    clocks, told = Clocks(Library(())), {}
    for asset in assets:
        told |= clocks.change([asset])
    assert [told[a.id] for a in spoilt()] == list(mend(Library(spoilt())).assets)
    states = {asset.clock for asset in told.values()}
    assert states == set(ClockState)


def test_in_a_simulated_life_wrong_clocks_are_set_right_and_right_ones_let_alone() -> None:
    roll = simulate(years=1.0, seed=2, activity=0.6)
    assert len(roll.truth.broken) >= 20
    assert measures.clocks_set_right(roll) >= 0.9
    assert measures.clocks_kept(roll) >= 0.999
