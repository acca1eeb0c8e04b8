"""The photos that load is made of."""

from __future__ import annotations

import io

from PIL import Image

from loadtests.roll import Roll


def test_every_photo_is_another_one() -> None:
    photos = Roll(1).burst(20)
    assert len(set(photos)) == 20


def test_photos_of_a_burst_can_be_read_and_were_taken_in_order_within_minutes() -> None:
    roll = Roll(1)
    first, second = (taken(roll.burst(6)) for _ in range(2))
    assert first == sorted(set(first))
    assert first[0][:10] == first[-1][:10]
    assert first[-1] < second[0]


def taken(photos: list[bytes]) -> list[str]:
    times = []
    for photo in photos:
        with Image.open(io.BytesIO(photo)) as image:
            image.load()
            times.append(image.getexif().get_ifd(0x8769)[0x9003])
    return times
