"""Capture time, offset, orientation and coordinates against what ExifTool reads from the same files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.probe import read_facts
from services.adapters.recorded_time import parse_offset, parse_time
from services.domain import capture_time, media_types
from services.domain.capture import MediaFacts

pytestmark = pytest.mark.data

UPLOADED_AT = datetime(2027, 1, 1, tzinfo=UTC)
EXPECTED_DIFFERENCES = {
    ("exif/mei/jpg/FLIR Vue Pro 640.jpg", "gps"): "0°, 0° is a receiver without a fix",
    ("exif/mei/jpg/Issue 308.jpg", "gps"): "0°, 0° is a receiver without a fix",
    ("exif/mei/jpg/FLIR iPhone device.jpg", "gps"): "only in the maker's binary block, with a wrong sign",
    ("exif/immich/metadata/gps-position/thompson-springs.jpg", "offset"): (
        "the label is the zone of an IPTC record, -04:00; the place is at -07:00"
    ),
}
"""Labels that we mean to differ from, and why."""

_FIELD = re.compile(r"(DateTimeOriginal|OffsetTimeOriginal|Orientation|gps)=([^;]*)")


def labelled(data_dir: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with (data_dir / "MANIFEST.tsv").open(newline="") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE):
            path = row["path"]
            known = media_types.by_extension(path) is not None
            if path.split("/")[0] in ("exif", "people", "places") and known:
                yield path, {k: v.strip() for k, v in _FIELD.findall(row["label"]) if v.strip()}


def differences(facts: MediaFacts, label: dict[str, str], filename: str) -> Iterator[tuple[str, str]]:
    when = capture_time.resolve(
        facts, filename, None, uploaded_at=UPLOADED_AT, time_zone=None, default_zone="UTC"
    )
    written = parse_time(label.get("DateTimeOriginal", ""))
    if written and when.at.replace(tzinfo=None, microsecond=0) != written.local.replace(microsecond=0):
        yield "time", f"{when} is not {label['DateTimeOriginal']}"
    offset = parse_offset(label["OffsetTimeOriginal"]) if "OffsetTimeOriginal" in label else None
    offset = offset if offset is not None else written and written.offset
    if offset is not None and when.at.utcoffset() != offset:
        yield "offset", f"{when.at.utcoffset()} is not {offset}"
    if "Orientation" in label and facts.orientation != int(label["Orientation"]):
        yield "orientation", f"{facts.orientation} is not {label['Orientation']}"
    if "gps" in label:
        wanted = [float(part) for part in label["gps"].split(",")]
        found = facts.coordinates
        near = found and max(abs(found.latitude - wanted[0]), abs(found.longitude - wanted[1])) < 1e-4
        if not near:
            yield "gps", f"{found} is not {wanted}"


def test_at_least_98_in_100_labels_are_read_right(data_dir: Path) -> None:
    checked, wrong = 0, {}
    for path, label in labelled(data_dir):
        type_ = media_types.sniff((data_dir / path).read_bytes()[: media_types.SNIFFED_BYTES])
        assert type_ is not None, path
        facts = read_facts(data_dir / path, type_.kind, True)
        checked += len(label)
        wrong |= {(path, what): why for what, why in differences(facts, label, Path(path).name)}
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
