"""The measurement of uploads: what it makes of what it measured, and the photos that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.bench.upload.__main__ import goals, markdown
from tests.bench.upload.measure import BARE, CLIENTS, DISK, PHOTOS, S3, WAYS, Report, Spent
from tests.bench.upload.photos import write_photos


def report() -> Report:
    made = Report(rounds=3, checked=60_000.0, resident=[(1000, 200 << 20), (10_000, 250 << 20)])
    for clients in CLIENTS:
        for way in WAYS:
            made.seconds[way, clients] = [2.0, 4.0, 3.0]
            made.spent[way] = [Spent(0.1, 0.2, 0.3), Spent(0.3, 0.2, 0.1)]
        made.seconds[BARE, clients] = [1.0, 3.6, 3.0]
    made.latencies = {S3: [0.1] * 99 + [0.2], DISK: [0.05] * 100}
    return made


def test_ratios_are_of_each_round_and_rates_of_the_middle_one() -> None:
    made = report()
    assert made.rate(S3, 1) == PHOTOS / 3.0
    assert made.ratio(S3, BARE, 1) == 0.9


def test_every_goal_is_one_line() -> None:
    assert goals(report()) == [
        "goal upload-s3-vs-bare-client-1: 0.90 (want >= 0.8) ok",
        "goal upload-s3-vs-bare-client-8: 0.90 (want >= 0.8) ok",
        "goal upload-check-hashes-a-second: 60000.00 (want >= 50000) ok",
        "goal upload-memory-flat: 0.80 (want >= 0.9) short",
    ]


def test_cpu_time_is_of_a_photo() -> None:
    assert report().cpu(S3) == pytest.approx([200 / PHOTOS] * 3)


def test_everything_is_told() -> None:
    text = markdown(report())
    assert all(f"| {way} |" in text for way in WAYS)
    assert "60,000 hashes a second" in text
    assert "200 MiB after 1000, 250 MiB after 10000" in text


def test_photos_are_all_different_and_of_the_size_asked_for(tmp_path: Path) -> None:
    plain = write_photos(tmp_path / "plain", 3, 5000)
    located = write_photos(tmp_path / "located", 1, 5000, located=True)
    assert len({path.read_bytes() for path in plain}) == 3
    assert {path.stat().st_size for path in (*plain, *located)} == {5000}
    assert not _coordinates(plain[0])
    assert _coordinates(located[0])


def _coordinates(path: Path) -> dict[int, object]:
    with Image.open(path) as picture:
        return dict(picture.getexif().get_ifd(0x8825))
