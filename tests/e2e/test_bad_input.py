"""What bad input gets, over the wire and in a real server. Each row of the promise has its test:

| Input | Answer | Tests |
|---|---|---|
| truncated, corrupt, fuzzed | stored, unreadable with a reason | e2e/test_corrupt |
| a bomb whose header tells | INVALID_ARGUMENT | rpc/test_upload, unit/upload/test_write |
| a bomb whose header lies, over four hours | unreadable, nothing else suffers | here |
| hash or CRC mismatch, offset, too many bytes | DATA_LOSS, OUT_OF_RANGE; resumable | rpc/test_upload |
| a type that we do not know | INVALID_ARGUMENT with the list | rpc/test_upload |
| a page or a text instead of a photo | unreadable, or left alone | here |
| clocks at 1980 or 2099, no date at all | the next best source | here, unit/domain/test_capture_time |
| a part that is away | UNAVAILABLE, or the work waits | rpc/test_sync, `make chaos` |
| over quota | RESOURCE_EXHAUSTED with the limit | here, rpc/test_upload |
"""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from services.cli.failures import ExitCode
from tests.e2e.owner import EVERYTHING, View
from tests.e2e.storyroll import Storyroll

pytestmark = pytest.mark.models

MODIFIED = datetime(2021, 6, 5, 4, 3, 2, tzinfo=UTC)
"""When the files of these tests say they were last changed, which is what the client hints."""
EXIF_IFD, TAKEN, GPS_IFD = 0x8769, 0x9003, 0x8825


def jpeg(taken: str | None = None, gps_time: bool = False, seed: int = 0) -> bytes:
    """Return a picture with what its EXIF is to say."""
    exif = Image.Exif()
    if taken:
        exif.get_ifd(EXIF_IFD)[TAKEN] = taken
    if gps_time:
        exif.get_ifd(GPS_IFD).update({7: (10.0, 20.0, 30.0), 29: "2019:08:07"})
    pixels = np.random.default_rng(seed).integers(0, 256, (120, 160, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", exif=exif)
    return file.getvalue()


def bomb() -> bytes:
    """Return a JPEG whose first frame header says 160 × 120, and a second, which counts, 65000 × 65000."""
    data = jpeg(seed=1)
    at = data.index(b"\xff\xc0")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    return data[:end] + data[at : at + 5] + (65_000).to_bytes(2) * 2 + data[at + 9 :]


def long_video(path: Path) -> None:
    """Write two frames that are five hours apart."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height = 64, 64
        for seconds in (0, 5 * 3600):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
            frame.pts = seconds * 30
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "odd"
    made.mkdir()
    return made


def date_all(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (MODIFIED.timestamp(), MODIFIED.timestamp()))


async def described(shared: Storyroll, owner: str, folder: Path) -> dict[str, View]:
    """Sync a folder with all consent; return the assets by path."""
    date_all(folder)
    async with shared.owner(owner) as who:
        await who.grant(*EVERYTHING)
        outcome = await who.sync(folder)
        assert outcome.failed == {}
        return await who.assets()


async def test_media_whose_headers_lie_are_kept_as_unreadable(shared: Storyroll, folder: Path) -> None:
    (folder / "bomb.jpg").write_bytes(bomb())
    (folder / "cut.jpg").write_bytes(jpeg()[:900])
    (folder / "disguised.jpg").write_bytes(b"<!DOCTYPE html><title>A page that is no photo</title>" * 9)
    (folder / "good.jpg").write_bytes(jpeg(seed=2))
    long_video(folder / "long.mp4")
    pid = shared.pid
    found = await described(shared, "liar", folder)
    reasons = {path: asset["reason"] for path, asset in found.items() if not asset["readable"]}
    print(reasons)
    assert reasons.keys() == {"bomb.jpg", "cut.jpg", "disguised.jpg", "long.mp4"}
    assert "four hours" in reasons["long.mp4"]
    assert found["good.jpg"]["state"] == "analysed"
    assert shared.pid == pid


async def test_the_largest_picture_that_is_read(shared: Storyroll, folder: Path) -> None:
    """196 million pixels in 24 KB: allowed, so it must neither stall nor starve anybody."""
    Image.new("1", (14_000, 14_000)).save(folder / "huge.png")
    huge = (await described(shared, "large", folder))["huge.png"]
    assert (huge["state"], huge["width"], huge["height"]) == ("analysed", 14_000, 14_000)


@pytest.mark.parametrize(
    ("name", "picture", "source", "time"),
    [
        ("a.jpg", jpeg("2022:02:03 04:05:06"), "exif", "2022-02-03T04:05:06+00:00"),
        ("a.jpg", jpeg("2099:01:01 00:00:00", gps_time=True), "gps", "2019-08-07T10:20:30+00:00"),
        ("IMG_20180706_050403.jpg", jpeg("1980:01:01 00:00:00"), "file_name", "2018-07-06T05:04:03+00:00"),
        ("a.jpg", jpeg("0000:00:00 00:00:00"), "hint", "2021-06-05T04:03:02+00:00"),
        ("a.jpg", jpeg(seed=3), "hint", "2021-06-05T04:03:02+00:00"),
    ],
    ids=["right", "2099", "1980", "zeros", "none"],
)
async def test_the_next_best_source_tells_the_time(
    shared: Storyroll,
    folder: Path,
    name: str,
    picture: bytes,
    source: str,
    time: str,
    request: pytest.FixtureRequest,
) -> None:
    (folder / name).write_bytes(picture)
    asset = (await described(shared, f"clock-{request.node.callspec.id}", folder))[name]
    assert (asset["capture_time_source"], asset["capture_time"]) == (source, time)


def test_a_full_account_says_which_limit_was_hit(storyroll: Storyroll, folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(jpeg(seed=number))
    storyroll.environment["STORYROLL_UPLOAD_OWNER_BYTES"] = str(2 * len(jpeg()) + 100)
    storyroll.start()
    storyroll.run("consent", "grant", "cloud_processing")
    said = storyroll.run("sync", str(folder), "--wait", status=ExitCode.INCOMPLETE)
    assert "limit reached" in said
    assert len(storyroll.json("assets")) == 2


def test_what_is_no_photo_is_counted_and_left_alone(shared: Storyroll, folder: Path) -> None:
    (folder / "notes.txt").write_text("no photo, and long enough to be looked at for what it is")
    (folder / "empty.jpg").touch()
    shared.run("consent", "grant", "cloud_processing", "--owner", "tidy")
    said = shared.run("sync", str(folder), "--owner", "tidy")
    assert "1 skipped: empty" in said
    assert "1 skipped: not a photo or video" in said
    assert shared.json("assets", "--owner", "tidy") == []
