"""How long rendering takes: a collage of nine 12-megapixel photos, and a recap of six.

Run: python -m tests.bench.bench_rendering
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from services.domain.identity import AssetId, StoryId
from services.domain.media import MediaKind
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia
from services.rendering.formats import RenderFormat
from services.rendering.pictures import Picture
from services.rendering.render import render
from tests.bench.camera_photos import camera_photos
from tests.bench.timing import goal, interleaved

START = datetime(2024, 5, 3, 10, tzinfo=UTC)


def pictures_from(photos: Sequence[bytes], count: int) -> tuple[Picture, ...]:
    """Return pictures of these photos, repeated as needed."""
    return tuple(
        Picture(
            AssetId(f"photo-{number}"),
            MediaKind.PHOTO,
            partial(bytes, photos[number % len(photos)]),
            capture_time=START + timedelta(hours=number),
            place="Lisbon",
        )
        for number in range(count)
    )


def story_of(pictures: Sequence[Picture]) -> Story:
    return Story(
        id=StoryId("bench"),
        kind=StoryKind.TRIP,
        form=Form.VIDEO,
        title="Three days by the sea",
        subtitle="Lisbon · 3–5 May 2024",
        cover=pictures[0].asset_id,
        media=tuple(StoryMedia(picture.asset_id) for picture in pictures),
        score=0.9,
        evidence=(),
        start=START,
        end=START + timedelta(days=2),
        due=date(2024, 5, 6),
        expires=None,
        rests_on=frozenset(),
    )


def bench_collages(photos: Sequence[bytes], folder: Path) -> None:
    nine = pictures_from(photos, 9)
    formats = [f for f in RenderFormat if f is not RenderFormat.VIDEO_9_16]
    work = {f.value: partial(render, story_of(nine), nine, folder / f"{f}.jpg", f) for f in formats}
    for name, seconds in interleaved(work, rounds=3).items():
        print(f"{name}, 9 photos of 12 MP: {seconds * 1000:.0f} ms")


def bench_recap(photos: Sequence[bytes], folder: Path) -> None:
    six = pictures_from(photos, 6)
    wall, processor = time.perf_counter(), time.process_time()
    rendition = render(story_of(six), six, folder / "recap.mp4", RenderFormat.VIDEO_9_16)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"recap of {rendition.duration:.1f} s: {wall:.1f} s, {processor:.1f} s on one core")
    # A recap of 20 s is to cost at most 25 s of one core.
    print(goal("recap seconds a core second", rendition.duration / processor, 0.8))


def main() -> None:
    photos = camera_photos()
    with tempfile.TemporaryDirectory() as folder:
        bench_collages(photos, Path(folder))
        bench_recap(photos, Path(folder))


if __name__ == "__main__":
    main()
