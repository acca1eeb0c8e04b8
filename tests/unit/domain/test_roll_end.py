"""Pictures behind all others of a camera are told apart from those that change what is known of others."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain import suspects
from services.domain.columns import UNDATED_SOURCES
from services.domain.consent import Scope
from services.domain.library import LibraryAsset
from services.domain.media import Camera, CaptureTimeSource
from services.domain.roll_end import NEAR, RollEnd
from services.domain.sequences import ROUND, numbered
from services.domain.time_order import Coming, capture_seconds
from tests.unit.domain.album import Album, at

Step = tuple[tuple[float, int], bool]
"""Seconds and numbers after the last orderly picture, and whether it has a date."""
BEGIN = at(date(2015, 1, 1), 10)
PHONE = Camera("Apple", "iPhone 12")
ORDERLY = [(60.0, 1), (60.0, 1), (9_000.0, 1), (86_400.0, 1), (86_400.0, 1), (60.0, 40), (86_400.0, 9)]
ODD = [(9_000.0, 1_200), (9_000.0, 300), (60.0, 1_200), (-3_000.0, 1), (-400_000.0, -30), (86_400.0, 6_000)]
STEPS = st.lists(
    st.tuples(st.sampled_from(2 * ORDERLY + ODD), st.sampled_from([True] * 12 + [False])),
    min_size=60,
    max_size=120,
)


def pictures(start: int, steps: Sequence[Step]) -> list[LibraryAsset]:
    """Numbered pictures of one phone, each some seconds and numbers after the last orderly one."""
    album, time, number, made = Album(), BEGIN, start, []
    for (seconds, more), dated in steps:
        then, its = time + timedelta(seconds=seconds), number + more
        source = CaptureTimeSource.EXIF_OFFSET if dated else CaptureTimeSource.UPLOAD
        name = f"IMG_{its % ROUND:04d}.HEIC"
        made.append(album.add(then, camera=PHONE, filename=name, capture_time_source=source))
        if 0 < seconds < 1e6 and 0 < more < 100 and dated:
            time, number = then, its
    return made


def number_of(asset: LibraryAsset) -> int:
    found = numbered(asset)
    assert found
    return found[1]


def put(roll: suspects.CameraRoll, assets: Sequence[LibraryAsset], first_token: int) -> None:
    """Put pictures into the roll of their camera, in order of time."""
    tokens = np.arange(first_token, first_token + len(assets))
    order = sorted(range(len(assets)), key=lambda i: (assets[i].capture_time, assets[i].id))
    facts = {
        "number": np.array([number_of(assets[i]) for i in order], dtype=np.int64),
        "dated": np.array([assets[i].capture_time_source not in UNDATED_SOURCES for i in order]),
        "located": np.ones(len(order), dtype=np.bool_),
    }
    ordered = [assets[i] for i in order]
    roll.change([], Coming(ordered, capture_seconds(ordered), tokens[order], facts))


def told(end: RollEnd | None) -> tuple[object, ...] | None:
    """What is known of an end, in a form that compares."""
    if end is None:
        return None
    columns = [(s.starts, s.ends, s.sizes, s.ordered, end.unsure) for s in end.sessions]
    known = [(s.number, s.seconds, s.next_number, s.next_seconds) for s in end.sessions]
    return end.seconds, end.offset, end.late, known, [[c.tolist() for c in of] for of in columns]


def orderly(sessions: int, number: int) -> list[Step]:
    """Steps of as many sessions of three pictures, with some whose date a program has changed."""
    steps: list[Step] = []
    for i in range(sessions):
        steps += [((90_000.0, 1), True), ((60.0, 1), True), ((60.0, 1), True)]
        if i % 17 == number % 17:
            steps += [((1e6 if i % 2 else -1e6, 2), True)]
    return steps


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([100, 4_750, 9_750]) | st.integers(0, ROUND - 1), STEPS)
def test_pictures_that_come_behind_all_others_leave_the_suspects_of_looking_anew(
    start: int, steps: list[Step]
) -> None:
    shot = pictures(start, orderly(NEAR + 9, start) + steps)
    scopes, begin = frozenset(Scope), len(shot) - len(steps)
    roll = suspects.CameraRoll(0)
    put(roll, shot[:begin], 0)
    for i in range(begin, len(shot)):
        roll.suspects(scopes)
        put(roll, [shot[i]], i)
        anew = suspects.CameraRoll(0)
        put(anew, shot[: i + 1], 0)
        assert roll.suspects(scopes).keys() == anew.suspects(scopes).keys()
        assert told(roll._end) == told(anew._end)


def test_pictures_that_go_on_in_time_and_number_are_not_looked_at_with_all_others() -> None:
    steps = orderly(NEAR + 60, 3)
    shot = pictures(100, [step for step in steps if abs(step[0][0]) < 1e6])
    roll, looks = suspects.CameraRoll(0), []
    look_again = roll._look_again
    roll._look_again = lambda scopes: (looks.append(1), look_again(scopes))[1]  # type: ignore[method-assign]
    begin = len(shot) - 90
    put(roll, shot[:begin], 0)
    for i in range(begin, len(shot)):
        roll.suspects(frozenset(Scope))
        put(roll, [shot[i]], i)
    assert sum(looks) == 1
