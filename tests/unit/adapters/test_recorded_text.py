"""The small parsers of what files record as text or as makers' own binary blocks."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from services.adapters.media_files.coordinate_text import parse_iso6709
from services.adapters.media_files.live_photo import content_identifier
from services.adapters.media_files.maker_time import maker_time
from services.adapters.media_files.recorded_time import parse_time
from services.domain.media import Coordinates


def test_apples_identifier_is_found_in_its_maker_note() -> None:
    uuid = b"F5F3C0FC-7E9D-4B0B-8A0B-1B0F0A0C0D0E\0"
    entry = b"\0\x11\0\x02" + len(uuid).to_bytes(4) + (14 + 2 + 12 + 4).to_bytes(4)
    note = b"Apple iOS\0\0\x01MM" + b"\0\x01" + entry + bytes(4) + uuid
    assert content_identifier(note) == uuid[:-1].decode()
    assert content_identifier(b"Nikon" + note) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+32.0929+034.8620+028.516/", Coordinates(32.0929, 34.862)),
        ("-33.8568+151.2153/", Coordinates(-33.8568, 151.2153)),
        ("+5125.01-00004.84/", Coordinates(51 + 25.01 / 60, -4.84 / 60)),
        ("+512500.5-0000450.0/", Coordinates(51 + 25 / 60 + 0.5 / 3600, -(4 / 60 + 50 / 3600))),
        ("+00.0000+000.0000/", None),
        ("+95.0+000.0/", None),
        ("free", None),
    ],
)
def test_iso_6709(text: str, expected: Coordinates | None) -> None:
    found = parse_iso6709(text)
    assert (found is None) == (expected is None)
    if found and expected:
        assert (found.latitude, found.longitude) == pytest.approx((expected.latitude, expected.longitude))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2008:05:30 15:56:01", "2008-05-30T15:56:01"),
        ("2008-05-30T15:56:01.25Z", "2008-05-30T15:56:01.250000+00:00"),
        ("2019-07-24T11:25:40+0300", "2019-07-24T11:25:40+03:00"),
        ("2019-07-24T11:25", "2019-07-24T11:25:00"),
        ("2019-07-24", "2019-07-24T12:00:00"),
        ("2019-07-24T11:25:40+25:00", "2019-07-24T11:25:40"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2019:02:30 10:00:00", None),
    ],
)
def test_recorded_times(text: str, expected: str | None) -> None:
    found = parse_time(text)
    assert (found and found.at.isoformat()) == expected


def test_makers_own_clocks() -> None:
    reconyx = b"\x01\xf1" + bytes(20) + struct.pack("<6H", 59, 30, 10, 3, 16, 2020)
    found = maker_time(reconyx, [])
    assert found is not None
    assert found.at == datetime(2020, 3, 16, 10, 30, 59)
    seconds = int(datetime(2021, 5, 16, 19, 27, 36, tzinfo=UTC).timestamp())
    record = struct.pack("<H", 0x20).ljust(12, b"\0") + struct.pack("<II", 96, 1000) + bytes(12)
    head = b"FFF\0".ljust(20, b"\0") + struct.pack("<III", 100, 64, 1)
    camera = b"\x02\0".ljust(0x384, b"\0") + struct.pack("<IIh", seconds, 107, 420)
    file = head.ljust(64, b"\0") + record + camera
    segments = [b"FLIR\0\x01\x01\x01" + file[500:], b"FLIR\0\x01\0\x01" + file[:500]]
    found = maker_time(b"", segments)
    assert found is not None
    assert found.at.isoformat() == "2021-05-16T12:27:36.107000-07:00"
    assert maker_time(reconyx[:30], segments[1:]) is None
