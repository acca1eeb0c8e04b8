"""Recaps: a file that every player plays, the right length, with videos in it and bad pictures left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.domain.errors import Unavailable, UnreadableMedia
from services.domain.identity import AssetId
from services.domain.media import Box
from services.domain.stories.story import Form, Story
from services.rendering.clips import frames_at_rate
from services.rendering.formats import RenderFormat, Rendition
from services.rendering.pictures import Picture
from services.rendering.render import render
from services.rendering.video.overlay import captions_for
from services.rendering.video.pace import RATE, Pace
from services.rendering.video.planes import BLACK, WHITE, Planes
from services.rendering.video.poster import poster_of
from services.rendering.video.recap import dissolved

PhotoMaker = Callable[..., Picture]
StoryMaker = Callable[..., Story]
BRISK = Pace(title=0.5, photo=0.5, clip=0.5, shortest=0.3, fade=0.1, ending=0.1)


@pytest.fixture
def recap(make_photo: PhotoMaker, make_clip: PhotoMaker, make_story: StoryMaker, tmp_path: Path) -> Rendition:
    pictures = (make_photo(), make_clip(1.0), make_photo(600, 800, (Box(0.3, 0.2, 0.6, 0.5),)))
    return render(make_story(pictures, Form.VIDEO), pictures, tmp_path / "recap.mp4", pace=BRISK)


def test_a_recap_is_h264_that_browsers_play(recap: Rendition) -> None:
    with av.open(str(recap.path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, stream.average_rate) == ("h264", "yuv420p", RATE)
        assert (stream.width, stream.height) == recap.size == (1080, 1920)
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        frames = sum(1 for _ in container.decode(stream))
    assert frames / RATE == pytest.approx(recap.duration)
    # A title and three scenes of half a second, each 0.1 s into the one before, to the frame.
    assert recap.duration == pytest.approx(4 * 0.5 - 3 * 0.1, abs=1 / RATE)
    assert (recap.format, len(recap.shown)) == (RenderFormat.VIDEO_9_16, 3)


def test_the_index_comes_first(recap: Rendition) -> None:
    data = recap.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_recap_ends_in_the_dark(recap: Rendition) -> None:
    with av.open(str(recap.path)) as container:
        levels = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert levels[len(levels) // 2] > 40
    assert levels[-1] < 10


def test_a_poster_is_a_frame_of_the_recap(recap: Rendition, tmp_path: Path) -> None:
    path = tmp_path / "poster.jpg"
    path.write_bytes(poster_of(recap.path, at=0.4))
    with Image.open(path) as image:
        assert (image.format, image.size) == ("JPEG", recap.size)
    with pytest.raises(UnreadableMedia):
        poster_of(path.with_name("clip-1.0-25.mp4.txt"))


def test_the_same_story_gives_the_same_recap(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    pictures = (make_photo(), make_photo())
    story = make_story(pictures, Form.VIDEO)
    first, second = (render(story, pictures, tmp_path / f"{n}.mp4", pace=BRISK).path for n in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_unreadable_pictures_are_left_out_even_as_the_cover(
    make_photo: PhotoMaker, make_story: StoryMaker, broken: Picture, tmp_path: Path
) -> None:
    pictures = (broken, make_photo())
    told: list[float] = []
    rendition = render(
        make_story(pictures, Form.VIDEO), pictures, tmp_path / "r.mp4", progress=told.append, pace=BRISK
    )
    assert rendition.shown == (pictures[1].asset_id,)
    assert [item.asset_id for item in rendition.left_out] == ["broken"]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_nothing_is_left_behind_where_nothing_can_be_read(
    make_story: StoryMaker, broken: Picture, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(UnreadableMedia, match="none of the pictures"):
        render(make_story((broken,), Form.VIDEO), (broken,), tmp_path / "r.mp4", pace=BRISK)
    assert set(tmp_path.iterdir()) == before


def test_a_folder_that_is_missing_is_said_plainly(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    pictures = (make_photo(),)
    with pytest.raises(OSError, match="the recap cannot be written"):
        render(make_story(pictures, Form.VIDEO), pictures, tmp_path / "gone" / "r.mp4", pace=BRISK)


def test_a_clip_that_breaks_off_keeps_its_last_frame(
    make_photo: PhotoMaker, make_clip: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    clip = make_clip(3.0)
    assert isinstance(clip.source, Path)
    data = clip.source.read_bytes()
    media, index = data.index(b"mdat") + 4, data.index(b"moov") - 4
    broken_at = media + (index - media) // 2
    clip.source.write_bytes(data[:broken_at] + bytes(index - broken_at) + data[index:])
    assert len(list(frames_at_rate(clip, 0.0, 90, RATE))) < 75
    pictures = (make_photo(), clip)
    rendition = render(make_story(pictures, Form.VIDEO), pictures, tmp_path / "r.mp4", pace=BRISK)
    assert rendition.duration == pytest.approx(3 * 0.5 - 2 * 0.1, abs=1 / RATE)
    assert len(rendition.shown) == 2


def test_a_store_that_is_away_is_not_a_bad_picture(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    def away() -> bytes:
        raise Unavailable("the store is away")

    pictures = (make_photo(), replace(make_photo(), source=away))
    for form in Form:
        with pytest.raises(Unavailable):
            render(make_story(pictures, form), pictures, tmp_path / "out", pace=BRISK)


def test_no_recap_is_longer_than_a_minute() -> None:
    pace = Pace()
    longest = pace.title + pace.scenes * (max(pace.photo, pace.clip) - pace.fade)
    assert longest <= pace.most


def test_colours_survive_the_way_through_the_planes() -> None:
    for colour in ((200, 40, 30), (30, 160, 60), (40, 60, 200), (240, 220, 180)):
        frame = Planes.from_image(Image.new("RGB", (64, 64), colour)).frame()
        # BT.709, limited range: the definition, computed here.
        red, green, blue = (value / 255 for value in colour)
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        samples = frame.to_ndarray()
        assert samples[32, 32] == pytest.approx(16 + 219 * luma, abs=2)
        assert samples[64 + 4, 8] == pytest.approx(128 + 224 * (blue - luma) / 1.8556, abs=2)


def test_a_window_moves_smoothly_below_a_pixel() -> None:
    noise = np.random.default_rng(1).integers(20, 230, (25, 25, 3), dtype=np.uint8)
    planes = Planes.from_image(Image.fromarray(noise).resize((200, 200), Image.Resampling.BICUBIC))
    # A tenth of a pixel a step.
    views = [planes.view(Box(x, 0, x + 0.5, 1), (100, 200)) for x in np.linspace(0.2, 0.205, 11)]
    samples = [np.asarray(view.luma).astype(int) for view in views]
    changes = [np.abs(after - before).mean() for before, after in pairwise(samples)]
    assert min(changes) > 0
    assert max(changes) < 1.5 * min(changes)


def test_scenes_dissolve_into_each_other() -> None:
    scenes = [_Plain(10, BLACK.luma), _Plain(10, WHITE.luma)]
    levels = [_level(frame) for frame in dissolved(scenes, fade=4, ending=2)]
    assert len(levels) == 10 + 10 - 4 - 4 + 4
    assert levels[:6] == [BLACK.luma] * 6
    assert levels[5:11] == sorted(levels[5:11])
    assert levels[-1] == BLACK.luma


def test_captions_say_where_and_when_once(make_photo: PhotoMaker) -> None:
    first, second, third = (make_photo(80, 60, place=place) for place in ("Lisbon", "Sintra", ""))
    again = replace(first, asset_id=AssetId("again"))
    assert captions_for([first, again, second, third]) == [
        "Lisbon · 4 May 2024",
        "",
        "Sintra · 5 May 2024",
        "5 May 2024",
    ]


class _Plain:
    """A scene of one grey."""

    def __init__(self, length: int, luma: int) -> None:
        self.length, self._luma = length, luma

    def frames(self) -> Iterator[Planes]:
        chroma = Image.new("L", (4, 4), 128)
        for _ in range(self.length):
            yield Planes(Image.new("L", (8, 8), self._luma), chroma, chroma)


def _level(planes: Planes) -> int:
    samples: NDArray[np.uint8] = np.asarray(planes.luma)
    return int(samples[0, 0])
