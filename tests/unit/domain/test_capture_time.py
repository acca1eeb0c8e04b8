from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain import filename_time
from services.domain.capture import MediaFacts
from services.domain.capture_time import resolve
from services.domain.media import Camera, CaptureTime, CaptureTimeSource

UPLOADED_AT = datetime(2024, 6, 1, 12, tzinfo=UTC)
LOCAL = datetime(2024, 5, 3, 10, 15)
PHONE = Camera("Google", "Pixel 8")


def at(
    facts: MediaFacts, filename: str = "a.jpg", hint: datetime | None = None, zone: str | None = None
) -> CaptureTime:
    return resolve(
        facts, filename, hint, uploaded_at=UPLOADED_AT, time_zone=zone, default_zone="Europe/Berlin"
    )


def hours(n: float) -> timezone:
    return timezone(timedelta(hours=n))


def test_a_recorded_offset_comes_first() -> None:
    facts = MediaFacts(local_time=LOCAL, utc_offset=timedelta(hours=-5))
    found = at(facts, zone="Europe/Lisbon")
    assert found == CaptureTime(LOCAL.replace(tzinfo=hours(-5)), CaptureTimeSource.EXIF_OFFSET)


def test_then_the_zone_of_the_place_with_its_summer_time() -> None:
    found = at(MediaFacts(local_time=LOCAL), zone="Europe/Lisbon")
    assert found.source is CaptureTimeSource.EXIF_PLACE
    assert found.at.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("gps", "offset", "source"),
    [
        (datetime(2024, 5, 3, 4, 44, 10, tzinfo=UTC), 5.5, CaptureTimeSource.EXIF_OFFSET),
        (datetime(2024, 5, 3, 7, 52, tzinfo=UTC), 2, CaptureTimeSource.EXIF),  # an old fix: 2 h 23 min
        (datetime(2024, 5, 1, 7, 15, tzinfo=UTC), 2, CaptureTimeSource.EXIF),  # days old
    ],
)
def test_gps_time_measures_the_offset_unless_the_fix_is_old(
    gps: datetime, offset: float, source: CaptureTimeSource
) -> None:
    found = at(MediaFacts(local_time=LOCAL, gps_time=gps))
    assert found.source is source
    assert found.at == LOCAL.replace(tzinfo=hours(offset))


@pytest.mark.parametrize(
    "broken",
    [
        datetime(1980, 1, 1, 0, 3),
        datetime(1970, 1, 1),
        datetime(2099, 1, 1),
        datetime(2024, 6, 3, 12, 1),
        datetime(1904, 1, 1),
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59),
        datetime(2000, 1, 1),
        datetime(1985, 7, 7),  # by a phone
    ],
)
def test_an_implausible_clock_is_passed_over(broken: datetime) -> None:
    gps = datetime(2024, 5, 3, 9, 15, tzinfo=UTC)
    found = at(MediaFacts(local_time=broken, gps_time=gps, camera=PHONE), zone="Europe/Lisbon")
    assert found == CaptureTime(gps, CaptureTimeSource.GPS)
    assert found.at.utcoffset() == timedelta(hours=1)


def test_an_old_print_keeps_the_date_that_its_owner_gave_it() -> None:
    assert at(MediaFacts(local_time=datetime(1957, 8, 4, 15))).at.year == 1957


def test_a_video_in_utc_takes_the_time_of_its_place() -> None:
    facts = MediaFacts(container_time=datetime(2024, 5, 3, 10, 15, tzinfo=UTC))
    assert at(facts, zone="Asia/Tokyo").at.isoformat() == "2024-05-03T19:15:00+09:00"
    assert at(facts).at.isoformat() == "2024-05-03T12:15:00+02:00"


def test_a_container_with_an_offset_of_its_own_keeps_it() -> None:
    facts = MediaFacts(container_time=LOCAL.replace(tzinfo=hours(3)))
    assert at(facts).at.utcoffset() == timedelta(hours=3)


def test_the_last_resorts_in_their_order() -> None:
    hint = datetime(2024, 4, 1, 6, tzinfo=UTC)
    assert at(MediaFacts(), "IMG_20240503_101500.jpg", hint).source is CaptureTimeSource.FILE_NAME
    assert at(MediaFacts(), "IMG_0001.jpg", hint) == CaptureTime(hint, CaptureTimeSource.HINT)
    assert at(MediaFacts(), "IMG_0001.jpg") == CaptureTime(UPLOADED_AT, CaptureTimeSource.UPLOAD)


def test_a_zone_that_nobody_knows_is_no_zone() -> None:
    assert at(MediaFacts(local_time=LOCAL), zone="Mars/Olympus").source is CaptureTimeSource.EXIF


@settings(deadline=None)
@given(
    st.none() | st.datetimes(),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.text(max_size=30),
)
def test_there_is_always_an_aware_plausible_answer(
    local: datetime | None, gps: datetime | None, hint: datetime | None, name: str
) -> None:
    found = at(MediaFacts(local_time=local, gps_time=gps, container_time=gps), name, hint)
    assert found.at.utcoffset() is not None
    assert found.at <= UPLOADED_AT + timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20240503_101500.jpg", "2024-05-03T10:15:00"),
        ("VID_20240503_201501.mp4", "2024-05-03T20:15:01"),
        ("PXL_20240503_101500123.jpg", "2024-05-03T10:15:00+00:00"),
        ("Screenshot_2024-05-03-10-15-00.png", "2024-05-03T10:15:00"),
        ("Screenshot_20240503-221530_Maps.png", "2024-05-03T22:15:30"),
        ("IMG-20240503-WA0001.jpg", "2024-05-03T12:00:00"),
        ("IMG-20240503-WA1015.jpg", "2024-05-03T12:00:00"),
        ("2024-05-03 10.15.00.jpg", "2024-05-03T10:15:00"),
        ("WhatsApp Image 2024-05-03 at 10.15.00 PM.jpeg", "2024-05-03T22:15:00"),
        ("Screen Shot 2024-05-03 at 1.15.00 PM.png", "2024-05-03T13:15:00"),
        ("signal-2024-05-03-10-15-00-123.jpg", "2024-05-03T10:15:00"),
        ("signal-2024-05-03-101500.jpg", "2024-05-03T10:15:00"),
        ("photo_2024-05-03_10-15-00.jpg", "2024-05-03T10:15:00"),
        ("DJI_20240503101500_0001.JPG", "2024-05-03T10:15:00"),
        ("albums/20231231/20240503_101500.jpg", "2024-05-03T10:15:00"),
        ("FB_IMG_1714731300000.jpg", "2024-05-03T10:15:00+00:00"),
        ("20240503.jpg", "2024-05-03T12:00:00"),
        ("IMG_0001.JPG", None),
        ("DSC20240231.jpg", None),
        ("1234567890123456.jpg", None),
        ("", None),
    ],
)
def test_file_names_that_carry_a_time(name: str, expected: str | None) -> None:
    found = filename_time.read(name)
    assert (found and found.isoformat()) == expected
