from datetime import date, timedelta

import numpy as np

from services.domain.consent import Scope
from services.domain.lent_places import PlaceLender
from services.domain.media import CaptureTimeSource
from services.domain.roll import Roll
from services.domain.timeline import album_event, segment
from tests.unit.domain.album import GRAZ, GRAZ_POINT, SINTRA_POINT, Album, at

DAY = date(2024, 5, 4)


def events_of(album: Album) -> list[list[str]]:
    roll = Roll.of(album.library())
    return [[roll.assets[i].id for i in stretch.members] for stretch in segment(roll)]


def sizes(album: Album) -> list[int]:
    return [len(event) for event in events_of(album)]


def test_an_empty_library_has_no_events() -> None:
    assert events_of(Album()) == []


def test_a_long_pause_ends_an_event() -> None:
    album = Album()
    album.series(at(DAY, 10), 5)
    album.series(at(DAY, 19), 4)
    assert sizes(album) == [5, 4]


def test_a_pause_is_long_only_for_its_surroundings() -> None:
    hike, party = Album(), Album()
    hike.series(at(DAY, 8), 10, minutes=50)
    party.series(at(DAY, 12), 12, minutes=1)
    party.series(at(DAY, 13, 10), 12, minutes=1)
    assert sizes(hike) == [10]
    assert sizes(party) == [12, 12]


def test_a_party_passes_midnight_and_sleep_does_not() -> None:
    album = Album()
    album.series(at(DAY, 22), 16, minutes=10)
    album.series(at(DAY + timedelta(days=1), 6), 3)
    assert sizes(album) == [16, 3]


def test_a_jump_in_space_ends_an_event_that_a_pause_alone_would_not() -> None:
    near, far = Album(), Album()
    near.series(at(DAY, 10), 6, coordinates=GRAZ_POINT)
    near.series(at(DAY, 11, 10), 6, coordinates=GRAZ_POINT)
    far.series(at(DAY, 10), 6, coordinates=SINTRA_POINT)
    far.series(at(DAY, 11, 10), 6, coordinates=GRAZ_POINT)
    assert sizes(near) == [12]
    assert sizes(far) == [6, 6]


def test_a_doubtful_clock_joins_the_event_of_its_time() -> None:
    album = Album()
    album.series(at(DAY, 10), 5)
    joined = album.add(at(DAY, 10, 12), capture_time_source=CaptureTimeSource.HINT)
    assert [joined.id in event for event in events_of(album)] == [True]


def test_a_doubtful_clock_alone_founds_no_event() -> None:
    album = Album()
    album.add(at(DAY), capture_time_source=CaptureTimeSource.UPLOAD)
    assert events_of(album) == []


def test_many_doubtful_clocks_that_agree_found_one() -> None:
    album = Album()
    album.series(at(DAY), 10, minutes=3, capture_time_source=CaptureTimeSource.HINT)
    assert sizes(album) == [10]


def test_files_copied_in_one_go_found_none() -> None:
    album = Album()
    album.series(at(DAY), 50, minutes=0.01, capture_time_source=CaptureTimeSource.HINT)
    assert events_of(album) == []


def test_an_event_keeps_its_id_when_it_goes_on() -> None:
    album = Album()
    album.series(at(DAY, 10), 5)
    before = segment(Roll.of(album.library()))
    album.series(at(DAY, 10, 30), 3)
    after = segment(Roll.of(album.library()))
    assert [s.id for s in before] == [s.id for s in after]
    assert after[0].members.size == 8


def test_an_event_is_described_by_its_span_and_rests_on_time_alone_without_places() -> None:
    album = Album()
    album.series(at(DAY, 10), 3)
    roll = Roll.of(album.library())
    event = album_event(roll, segment(roll)[0])
    assert (event.start, event.end) == (at(DAY, 10), at(DAY, 10, 10))
    assert (event.place, event.rests_on) == (None, frozenset())


def lunch(*, same_place: bool = True, same_scene: bool = True) -> Album:
    """Pictures every minute before and after a pause of an hour and a half."""
    album, scenes = Album(), np.eye(2, dtype=np.float32)
    album.series(at(DAY, 11), 12, minutes=1, coordinates=GRAZ_POINT, embedding=scenes[0])
    album.series(
        at(DAY, 12, 45),
        12,
        minutes=1,
        coordinates=GRAZ_POINT if same_place else SINTRA_POINT,
        embedding=scenes[0 if same_scene else 1],
    )
    return album


def test_a_pause_ends_no_event_whose_scene_goes_on_in_the_same_place() -> None:
    assert sizes(lunch()) == [24]
    assert sizes(lunch(same_scene=False)) == [12, 12]
    assert sizes(lunch(same_place=False)) == [12, 12]


def test_an_event_over_a_pause_rests_on_content_and_is_two_without() -> None:
    roll = Roll.of(lunch().library())
    assert Scope.CONTENT in album_event(roll, segment(roll)[0]).rests_on
    blind = Roll.of(lunch().library(scopes=frozenset(Scope) - {Scope.CONTENT}))
    assert len(segment(blind)) == 2


def test_a_picture_without_a_place_borrows_that_of_its_event_nearest_in_time() -> None:
    album = Album()
    album.series(at(DAY, 10), 3, coordinates=GRAZ_POINT, place=GRAZ)
    lost = album.add(at(DAY, 10, 12))
    alone = album.add(at(DAY, 23))
    roll = Roll.of(album.library())
    lent = PlaceLender().lend(segment(roll)).roll
    found = {asset.id: int(code) for asset, code in zip(lent.assets, lent.place_code, strict=True)}
    assert (lent.places[found[lost.id]], found[alone.id]) == (GRAZ, -1)
    assert not lent.located[3]
    assert Scope.LOCATION in lent.scopes_of(np.array([3]))


def test_no_place_is_lent_without_consent() -> None:
    album = Album()
    album.series(at(DAY, 10), 3, coordinates=GRAZ_POINT, place=GRAZ)
    album.add(at(DAY, 10, 12))
    roll = Roll.of(album.library(scopes=frozenset(Scope) - {Scope.LOCATION}))
    assert (PlaceLender().lend(segment(roll)).roll.place_code == -1).all()


def test_a_time_of_an_upload_joins_no_event() -> None:
    album = Album()
    album.series(at(DAY, 10), 5)
    album.add(at(DAY, 10, 12), capture_time_source=CaptureTimeSource.UPLOAD)
    assert sizes(album) == [5]
