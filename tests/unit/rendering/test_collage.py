"""Collages: their size and format, what they show, and what they do with bad pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.domain.errors import UnreadableMedia
from services.domain.identity import AssetId
from services.domain.stories.story import Story
from services.rendering.formats import RenderFormat
from services.rendering.palette import palette_of
from services.rendering.pictures import Picture
from services.rendering.render import render

PhotoMaker = Callable[..., Picture]
StoryMaker = Callable[..., Story]

COLLAGES = [f for f in RenderFormat if f is not RenderFormat.VIDEO_9_16]


@pytest.mark.parametrize("target", COLLAGES)
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_a_collage_is_a_jpeg_of_its_size(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path, target: RenderFormat, count: int
) -> None:
    pictures = tuple(make_photo(*((600, 800) if i % 2 else (800, 600))) for i in range(count))
    rendition = render(make_story(pictures), pictures, tmp_path / "collage.jpg", target)
    with Image.open(rendition.path) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", target.size)
        assert len(image.getexif()) == 0
        image.load()
    assert rendition.shown == tuple(picture.asset_id for picture in pictures)
    assert not list(tmp_path.glob(".*"))


def test_of_many_pictures_nine_are_shown_the_cover_among_them(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    pictures = tuple(make_photo(80, 60) for _ in range(23))
    story = replace(make_story(pictures), cover=pictures[4].asset_id)
    shown = render(story, pictures, tmp_path / "c.jpg", RenderFormat.COLLAGE_4_5).shown
    assert len(shown) == 9
    assert {pictures[0].asset_id, pictures[4].asset_id, pictures[22].asset_id} <= set(shown)


def test_unreadable_pictures_are_left_out_with_a_reason(
    make_photo: PhotoMaker, make_story: StoryMaker, broken: Picture, tmp_path: Path
) -> None:
    pictures = (make_photo(), broken, make_photo())
    rendition = render(make_story(pictures), pictures, tmp_path / "c.jpg")
    assert rendition.shown == (pictures[0].asset_id, pictures[2].asset_id)
    assert [item.asset_id for item in rendition.left_out] == ["broken"]
    assert "cannot be decoded" in rendition.left_out[0].reason


def test_a_picture_that_breaks_off_after_its_header_is_left_out_too(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    whole, cut = make_photo(), make_photo()
    assert isinstance(cut.source, Path)
    cut.source.write_bytes(cut.source.read_bytes()[:2_000])
    rendition = render(make_story((whole, cut)), (whole, cut), tmp_path / "c.jpg")
    assert rendition.shown == (whole.asset_id,)
    assert [item.asset_id for item in rendition.left_out] == [cut.asset_id]


def test_a_story_without_any_readable_picture_cannot_be_rendered(
    make_story: StoryMaker, broken: Picture, tmp_path: Path
) -> None:
    out = tmp_path / "c.jpg"
    with pytest.raises(UnreadableMedia, match="none of the pictures"):
        render(make_story((broken,)), (broken,), out)
    assert not out.exists()


def test_the_same_story_gives_the_same_bytes(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    pictures = tuple(make_photo() for _ in range(4))
    story = make_story(pictures)
    first, second = (render(story, pictures, tmp_path / f"{n}.jpg").path.read_bytes() for n in "ab")
    assert first == second


def test_a_source_that_fetches_bytes_is_as_good_as_a_file(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    picture = make_photo()
    assert isinstance(picture.source, Path)
    fetched = replace(picture, asset_id=AssetId("fetched"), source=picture.source.read_bytes)
    rendition = render(make_story((fetched,)), (fetched,), tmp_path / "c.jpg")
    assert rendition.shown == ("fetched",)


def test_progress_never_goes_back_and_ends_at_one(
    make_photo: PhotoMaker, make_story: StoryMaker, tmp_path: Path
) -> None:
    told: list[float] = []
    pictures = tuple(make_photo() for _ in range(3))
    render(make_story(pictures), pictures, tmp_path / "c.jpg", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("colour", ["#111820", "#d03020", "#8fb8e8", "#ffffff", "#7a7a7a"])
def test_ink_is_readable_on_paper(colour: str) -> None:
    palette = palette_of([Image.new("RGB", (60, 40), colour)])
    assert contrast(palette.paper, palette.ink) >= 10
    assert contrast(palette.paper, palette.soft) >= 4.5


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: tuple[int, int, int]) -> float:
        share = np.array(colour) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
