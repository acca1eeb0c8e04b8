from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.domain.facets import Face, Person
from services.domain.media import Box, Coordinates, MediaKind
from services.domain.roll import Roll
from services.domain.stories.cover import choose_cover
from services.domain.stories.focus import focus_box
from services.domain.stories.selection import select
from services.domain.stories.shortlist import thin
from tests.unit.domain.album import ANA, BEN, FACE, Album, at

DAY = date(2024, 5, 4)


def chosen(album: Album, wanted: int, **options: bool) -> list[str]:
    roll = Roll.of(album.library())
    pool = np.arange(len(roll))
    return [roll.assets[i].id for i in select(roll, pool, wanted, **options)]


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_the_result_is_in_order_of_time_and_no_longer_than_wanted() -> None:
    album = Album()
    for k in range(20):
        album.add(at(DAY, 10) + timedelta(minutes=17 * k % 200), quality=(k * 7 % 10) / 10)
    ids = chosen(album, 6)
    times = {asset.id: asset.capture_time for asset in album.assets}
    assert len(ids) == 6
    assert [times[i] for i in ids] == sorted(times[i] for i in ids)


def test_of_equal_pictures_the_better_one_is_taken() -> None:
    album = Album()
    album.series(at(DAY), 5, quality=0.3)
    best = album.add(at(DAY, 12, 11), quality=0.9)
    assert chosen(album, 1) == [best.id]


@pytest.mark.parametrize(
    "changes",
    [
        {"readable": False},
        {"screenshot": True},
        {"sensitive": 0.33},
        {"themes": (("document", 0.9),)},
        {"who": (ANA, BEN)},
        {"capture_time": at(date(2024, 6, 1))},
    ],
)
def test_what_must_not_be_shown_is_never_chosen(changes: dict[str, object]) -> None:
    album = Album(people={BEN: Person(name="Ben", hidden=True)})
    good = album.series(at(DAY), 3, minutes=60)
    album.add(at(DAY, 20), quality=1.0, **changes)
    roll = Roll.of(album.library(hidden_days=frozenset({date(2024, 6, 1)})))
    ids = {roll.assets[i].id for i in select(roll, np.arange(len(roll)), 9)}
    assert ids == {asset.id for asset in good}


def test_a_duplicate_gives_way_only_to_a_better_picture_that_is_there() -> None:
    album = Album()
    original = album.add(at(DAY))
    album.add(at(DAY, 13), duplicate_of=original.id)
    orphan = album.add(at(DAY, 14), duplicate_of="gone")
    assert chosen(album, 9) == [original.id, orphan.id]


def test_the_video_of_a_live_photo_is_not_shown_beside_it() -> None:
    album = Album()
    photo = album.add(at(DAY), pair="a00001")
    album.add(at(DAY), kind=MediaKind.VIDEO, pair=photo.id)
    alone = album.add(at(DAY, 14), kind=MediaKind.VIDEO)
    assert chosen(album, 9) == [photo.id, alone.id]
    assert chosen(album, 9, photos_only=True) == [photo.id]


@pytest.mark.parametrize(
    "same",
    [
        {"burst": "b1"},
        {"perceptual_hash": 0b1011},
        {"embedding": unit(1, 0, 0)},
    ],
)
def test_nothing_is_shown_twice(same: dict[str, object]) -> None:
    album = Album()
    album.series(at(DAY), 6, **same)
    assert len(chosen(album, 5)) == 1


@pytest.mark.parametrize(("minutes", "taken"), [(1, 1), (24 * 60, 0)], ids=["a moment", "days apart"])
def test_of_the_shots_of_a_moment_that_is_taken_in_which_nobody_blinks(minutes: int, taken: int) -> None:
    album = Album()
    for n, (eyes, smile) in enumerate([(0.08, 0.9), (0.3, 0.5)]):
        face = replace(FACE, eyes_open=eyes, smile=smile)
        album.add(at(DAY) + timedelta(minutes=n * minutes), faces=(face,), people=(None,), burst="b1")
    assert chosen(album, 1) == [album.assets[taken].id]


def test_hashes_are_compared_bit_by_bit() -> None:
    album = Album()
    album.add(at(DAY), perceptual_hash=0)
    album.add(at(DAY, 13), perceptual_hash=(1 << 8) - 1)
    album.add(at(DAY, 14), perceptual_hash=-1)
    assert len(chosen(album, 9)) == 2


def test_different_people_places_and_hours_are_preferred_to_more_of_the_same() -> None:
    people, places, hours = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben")}), Album(), Album()
    people.series(at(DAY), 3, minutes=1, who=(ANA,), quality=0.75)
    ben = people.add(at(DAY, 12, 1), who=(BEN,), quality=0.65)
    places.series(at(DAY), 3, minutes=1, coordinates=Coordinates(47.0, 15.0), quality=0.75)
    there = places.add(at(DAY, 12, 1), coordinates=Coordinates(47.1, 15.0), quality=0.65)
    hours.series(at(DAY), 3, minutes=1, quality=0.75)
    late = hours.add(at(DAY, 20), quality=0.65)
    assert ben.id in chosen(people, 2)
    assert there.id in chosen(places, 2)
    assert late.id in chosen(hours, 2)


def test_what_represents_most_of_the_pool_is_chosen_first() -> None:
    album = Album()
    for k in range(6):
        album.add(at(DAY), embedding=unit(1, 0.7, k % 2), quality=0.5)
    odd = album.add(at(DAY), embedding=unit(-1, 0.3, 0), quality=0.5)
    assert odd.id not in chosen(album, 1)
    assert odd.id in chosen(album, 2)


def test_thinning_keeps_the_best_of_each_slice_of_time() -> None:
    album = Album()
    for k in range(1024):
        album.add(at(DAY) + timedelta(seconds=k), quality=0.9 if k % 16 == 3 else 0.1)
    roll = Roll.of(album.library())
    assert thin(roll, np.arange(1024), 100).tolist() == list(range(3, 1024, 16))
    assert thin(roll, np.arange(1024), 1024).size == 1024


def test_a_picture_more_changes_its_own_slice_of_time_alone() -> None:
    album = Album()
    album.series(at(DAY), 500, minutes=7)
    before = {album.assets[i].id for i in thin(Roll.of(album.library()), np.arange(500), 100)}
    best = album.add(at(DAY, 20, 1), quality=1.0)
    roll = Roll.of(album.library())
    after = {roll.assets[i].id for i in thin(roll, np.arange(501), 100)}
    assert 50 <= len(after) <= 100
    assert after - before == {best.id}
    assert len(before - after) == 1


def test_the_seed_decides_between_equals_and_nothing_else() -> None:
    album = Album()
    album.series(at(DAY), 12, minutes=0)
    picks = set()
    for seed in range(8):
        roll = Roll.of(album.library(), seed)
        picks.add(tuple(select(roll, np.arange(12), 3).tolist()))
    assert len(picks) > 1
    album.add(at(DAY), quality=1.0)
    for seed in range(8):
        roll = Roll.of(album.library(), seed)
        assert 12 in select(roll, np.arange(13), 3)


def test_the_cover_is_a_photo_with_a_smile_where_there_is_one() -> None:
    album = Album()
    album.add(at(DAY), quality=0.8)
    smiling = album.add(at(DAY, 13), faces=(replace(FACE, smile=1.0),), people=(None,))
    album.add(at(DAY, 14), kind=MediaKind.VIDEO, quality=1.0)
    roll = Roll.of(album.library())
    assert roll.assets[choose_cover(roll, np.arange(3))].id == smiling.id


def test_the_focus_encloses_all_main_faces_with_their_heads_and_stays_inside() -> None:
    def face(left: float, top: float, size: float) -> Face:
        return replace(FACE, box=Box(left, top, left + size, top + size))

    assert focus_box(()) is None
    box = focus_box([face(0.1, 0.05, 0.2), face(0.6, 0.4, 0.15), face(0.95, 0.9, 0.02)])
    assert box is not None
    assert box.left < 0.1
    assert box.right > 0.75
    assert box.top == 0.0
    assert box.bottom < 0.7


@pytest.mark.parametrize(
    ("shots", "best"),
    [
        ([(0.7, 0.8, 0.1), (0.7, 0.8, 0.9), (0.7, 0.8, 0.3)], 1),
        ([(0.7, 0.2, 0.5), (0.7, 0.5, 0.5), (0.7, 0.9, 0.5)], 2),
        ([(0.9, 0.8, 0.5), (0.3, 0.8, 0.6), (0.6, 0.8, 0.5)], 0),
        ([(0.2, 0.1, 1.0), (0.7, 0.8, 0.5), (0.7, 0.8, 0.4)], 1),
    ],
    ids=["the smile", "the sharp face", "the better exposed", "a blurred smile is none"],
)
def test_of_a_burst_the_best_shot_is_taken(shots: list[tuple[float, float, float]], best: int) -> None:
    album = Album(people={ANA: Person("Ana")})
    burst = [
        album.add(
            at(DAY) + timedelta(seconds=k),
            burst="b",
            quality=quality,
            who=(ANA,),
            faces=(replace(FACE, quality=face, smile=smile),),
        )
        for k, (quality, face, smile) in enumerate(shots)
    ]
    assert chosen(album, 3) == [burst[best].id]


def test_faces_in_the_background_need_not_smile() -> None:
    album = Album(people={ANA: Person("Ana")})
    passer_by = replace(FACE, box=Box(0.9, 0.1, 0.95, 0.15), quality=0.1, smile=0.0)
    smiling, serious = replace(FACE, smile=0.9), replace(FACE, smile=0.6)
    album.add(at(DAY), burst="b", who=(ANA,), faces=(serious,))
    best = album.add(at(DAY, 12, 1), burst="b", who=(ANA, None), faces=(smiling, passer_by))
    assert chosen(album, 1) == [best.id]
