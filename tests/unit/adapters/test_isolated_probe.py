from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from inference_core.isolation import IsolatedPool
from services.adapters.media_files.probe import IsolatedMediaProbe, read_facts
from services.domain import media_types
from services.domain.errors import UnreadableMedia, UnsupportedMediaType
from services.domain.media import Coordinates, MediaKind


def video(path: Path, seconds: float = 1.0, **metadata: str) -> Path:
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mov", ".mp4") else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(metadata)
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(round(seconds * 10)):
            pixels = np.random.default_rng(i).integers(0, 255, (48, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "avi"])
def test_videos_of_every_container_are_read(tmp_path: Path, extension: str) -> None:
    facts = read_facts(video(tmp_path / f"a.{extension}"), MediaKind.VIDEO, True)
    assert (facts.width, facts.height, facts.orientation) == (64, 48, 1)
    assert facts.duration == pytest.approx(1.0, abs=0.15)
    assert facts.perceptual_hash is not None


def test_apples_keys_give_local_time_place_camera_and_pair(tmp_path: Path) -> None:
    keys = {
        "creation_time": "2024-05-03T09:15:00Z",
        "com.apple.quicktime.creationdate": "2024-05-03T10:15:00+0100",
        "com.apple.quicktime.location.ISO6709": "+38.6917-009.2000/",
        "com.apple.quicktime.model": "iPhone 15",
        "com.apple.quicktime.content.identifier": "X-1",
    }
    path = video(tmp_path / "a.mov", **keys)
    facts = read_facts(path, MediaKind.VIDEO, True)
    assert facts.container_time is not None
    assert facts.container_time.isoformat() == "2024-05-03T10:15:00+01:00"
    assert facts.coordinates == Coordinates(38.6917, -9.2)
    assert (facts.camera.model, facts.content_id) == ("iPhone 15", "X-1")
    assert read_facts(path, MediaKind.VIDEO, False).coordinates is None


@pytest.mark.parametrize("data", [b"", b"hello" * 100, b"\0\0\0\x14ftypisom" + bytes(100)])
def test_what_is_no_video_is_unreadable(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(UnreadableMedia):
        read_facts(tmp_path / "a.mp4", MediaKind.VIDEO, True)


async def test_the_probe_refuses_types_that_nobody_reads(tmp_path: Path) -> None:
    with IsolatedPool(workers=1) as pool, pytest.raises(UnsupportedMediaType):
        await IsolatedMediaProbe(pool).probe(tmp_path / "a.pdf", "application/pdf", location=True)


@pytest.mark.data
async def test_no_corrupt_file_crashes_or_stalls_the_probe(data_dir: Path) -> None:
    outcomes: dict[str, int] = {}
    with IsolatedPool(workers=1, timeout=30) as pool:
        probe = IsolatedMediaProbe(pool)
        for path in sorted((data_dir / "corrupt").rglob("*")):
            type_ = media_types.sniff(path.read_bytes()[:256]) if path.is_file() else None
            if type_ is None:
                continue
            try:
                await probe.probe(path, type_.mime, location=True)
                outcome = "readable"
            except UnreadableMedia as unreadable:
                outcome = str(unreadable)
                assert str(path.parent) not in outcome
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    print(outcomes)
    assert sum(outcomes.values()) > 150
    assert outcomes["readable"] > 80
