"""What ExifTool read from the test photos, and where a reading of ours differs from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.adapters.media_files.recorded_time import parse_offset, parse_time
from services.domain import media_types

FOLDERS = ("exif", "people", "places")
"""Those whose files carry labels."""

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

Label = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What we made of one file."""

    capture_time: datetime
    """With its offset."""
    orientation: int
    coordinates: tuple[float, float] | None
    """Latitude, longitude."""


def rows(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Yield path and label text of every photo and video of the labelled folders."""
    with (data_dir / "MANIFEST.tsv").open(newline="") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE):
            path = row["path"]
            if path.split("/")[0] in FOLDERS and media_types.by_extension(path):
                yield path, row["label"]


def labelled(data_dir: Path) -> Iterator[tuple[str, Label]]:
    """Yield each file's path with the fields that ExifTool found in it."""
    for path, text in rows(data_dir):
        yield path, {name: value.strip() for name, value in _FIELD.findall(text) if value.strip()}


def differences(reading: Reading, label: Label) -> Iterator[tuple[str, str]]:
    """Yield (field, what differs) for each field in which a reading is not its label."""
    at = reading.capture_time
    written = parse_time(label.get("DateTimeOriginal", ""))
    if written and at.replace(tzinfo=None, microsecond=0) != written.local.replace(microsecond=0):
        yield "time", f"{at} is not {label['DateTimeOriginal']}"
    offset = parse_offset(label["OffsetTimeOriginal"]) if "OffsetTimeOriginal" in label else None
    offset = offset if offset is not None else written and written.offset
    if offset is not None and at.utcoffset() != offset:
        yield "offset", f"{at.utcoffset()} is not {offset}"
    if "Orientation" in label and reading.orientation != int(label["Orientation"]):
        yield "orientation", f"{reading.orientation} is not {label['Orientation']}"
    if "gps" in label and not _near(reading.coordinates, label["gps"]):
        yield "gps", f"{reading.coordinates} is not {label['gps']}"


def _near(found: tuple[float, float] | None, wanted: str) -> bool:
    """Tell whether two points are the same to about ten metres, the precision of the labels."""
    if found is None:
        return False
    return all(
        abs(ours - float(theirs)) < 1e-4 for ours, theirs in zip(found, wanted.split(","), strict=True)
    )
