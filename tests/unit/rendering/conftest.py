"""Pictures, videos and stories that the tests of rendering are made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from services.domain.identity import AssetId, StoryId
from services.domain.media import Box, MediaKind
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia
from services.rendering.pictures import Picture

START = datetime(2024, 5, 3, 10, 0, tzinfo=UTC)
PhotoMaker = Callable[..., Picture]
StoryMaker = Callable[..., Story]


def scenery(width: int, height: int, seed: int) -> Image.Image:
    """A smooth colourful picture: noise at 6 x 6, enlarged."""
    noise = np.random.default_rng(seed).integers(30, 226, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def make_photo(tmp_path: Path) -> PhotoMaker:
    """Return a function that writes a JPEG and returns its picture."""
    made = 0

    def make(
        width: int = 800,
        height: int = 600,
        faces: tuple[Box, ...] = (),
        *,
        orientation: int = 1,
        image: Image.Image | None = None,
        place: str = "Lisbon",
    ) -> Picture:
        nonlocal made
        made += 1
        path = tmp_path / f"photo-{made}.jpg"
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010E] = "a private remark"
        (image or scenery(width, height, made)).save(path, quality=92, exif=exif)
        taken = START + timedelta(hours=20 * made)
        return Picture(AssetId(f"a{made}"), MediaKind.PHOTO, path, None, faces, taken, place)

    return make


@pytest.fixture
def make_clip(tmp_path: Path) -> PhotoMaker:
    """Return a function that writes an MP4 whose brightness grows with time, and returns its picture."""

    def make(seconds: float = 1.0, rate: int = 25, size: tuple[int, int] = (320, 240)) -> Picture:
        path = tmp_path / f"clip-{seconds}-{rate}.mp4"
        count = round(seconds * rate)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=rate, options={"g": "10"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            for number in range(count):
                grey = np.full((size[1], size[0], 3), 20 + 200 * number // count, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
            container.mux(stream.encode(None))
        return Picture(AssetId("clip"), MediaKind.VIDEO, path, capture_time=START)

    return make


@pytest.fixture
def broken(tmp_path: Path) -> Picture:
    """A file that says it is a JPEG and is not."""
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    return Picture(AssetId("broken"), MediaKind.PHOTO, path)


@pytest.fixture
def make_story() -> StoryMaker:
    """Return a function that makes a story of pictures."""

    def make(
        pictures: tuple[Picture, ...], form: Form = Form.COLLAGE, title: str = "Zoë’s day – in Łódź"
    ) -> Story:
        return Story(
            id=StoryId("0123456789abcdef"),
            kind=StoryKind.EVENT,
            form=form,
            title="Zoë’s day – in Łódź",
            subtitle="3–5 May 2024",
            cover=pictures[0].asset_id,
            media=tuple(StoryMedia(picture.asset_id) for picture in pictures),
            score=0.8,
            evidence=("4 photos",),
            start=START,
            end=START + timedelta(days=2),
            due=date(2024, 5, 6),
            expires=None,
            rests_on=frozenset(),
        )

    return make
