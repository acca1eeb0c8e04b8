"""Capture time, offset, orientation and coordinates against what ExifTool reads from the same files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.media_files.probe import read_facts
from services.domain import capture_time, media_types
from services.domain.capture import MediaFacts
from tests.photo_labels import EXPECTED_DIFFERENCES, Reading, differences, labelled

pytestmark = pytest.mark.data

UPLOADED_AT = datetime(2027, 1, 1, tzinfo=UTC)


def reading_of(facts: MediaFacts, filename: str) -> Reading:
    when = capture_time.resolve(
        facts, filename, None, uploaded_at=UPLOADED_AT, time_zone=None, default_zone="UTC"
    )
    point = facts.coordinates
    return Reading(when.at, facts.orientation, (point.latitude, point.longitude) if point else None)


def test_at_least_98_in_100_labels_are_read_right(data_dir: Path) -> None:
    checked, wrong = 0, {}
    for path, label in labelled(data_dir):
        type_ = media_types.sniff((data_dir / path).read_bytes()[: media_types.SNIFFED_BYTES])
        assert type_ is not None, path
        facts = read_facts(data_dir / path, type_.kind, True)
        reading = reading_of(facts, Path(path).name)
        checked += len(label)
        wrong |= {(path, what): why for what, why in differences(reading, label)}
    for key, why in wrong.items():
        print(*key, why, EXPECTED_DIFFERENCES.get(key, "unexpected"), sep=" | ")
    assert checked > 230
    assert len(wrong) <= 0.02 * checked
    assert wrong.keys() <= EXPECTED_DIFFERENCES.keys()


def test_without_the_location_scope_no_coordinates_leave_the_parser(data_dir: Path) -> None:
    for path, _ in labelled(data_dir):
        type_ = media_types.by_extension(path)
        assert type_ is not None
        assert read_facts(data_dir / path, type_.kind, False).coordinates is None


def test_a_blank_date_is_passed_over(data_dir: Path) -> None:
    facts = read_facts(data_dir / "exif/mei/jpg/Noritsu Koki QSS.jpg", media_types.JPEG.kind, True)
    assert facts.local_time is None
    hint = UPLOADED_AT - timedelta(days=30)
    when = capture_time.resolve(
        facts, "QSS.jpg", hint, uploaded_at=UPLOADED_AT, time_zone=None, default_zone="UTC"
    )
    assert when.source is capture_time.CaptureTimeSource.HINT
