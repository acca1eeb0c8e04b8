"""From a story and what is known of its assets to pictures, and to the format that suits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.domain.facets import Face
from services.domain.identity import AssetId
from services.domain.library import LibraryAsset
from services.domain.media import Box, CaptureTimeSource, MediaKind, Place
from services.domain.stories.story import Form, Story, StoryMedia
from services.rendering.formats import RenderFormat
from services.rendering.pictures import Picture, pictures_of
from services.rendering.selection import spread

PhotoMaker = Callable[..., Picture]
StoryMaker = Callable[..., Story]
FOCUS, FACE = Box(0.1, 0.1, 0.9, 0.9), Box(0.3, 0.2, 0.5, 0.5)


def asset(picture: Picture, *, faces: bool = False, place: Place | None = None) -> LibraryAsset:
    assert picture.capture_time is not None
    face = Face(FACE, 0.9, ((0.5, 0.5),) * 5, np.zeros(128, np.float32))
    return LibraryAsset(
        picture.asset_id,
        MediaKind.PHOTO,
        picture.capture_time,
        CaptureTimeSource.EXIF,
        faces=(face,) if faces else (),
        place=place,
    )


def test_pictures_carry_what_rendering_needs(make_photo: PhotoMaker, make_story: StoryMaker) -> None:
    with_face, without = make_photo(), make_photo()
    story = replace(
        make_story((with_face, without)),
        media=(StoryMedia(without.asset_id, FOCUS), StoryMedia(with_face.asset_id, FOCUS)),
    )
    assets = {
        with_face.asset_id: asset(with_face, faces=True, place=Place("Lisbon", "Portugal", "PT")),
        without.asset_id: asset(without),
    }
    sources = {picture.asset_id: picture.source for picture in (with_face, without)}
    first, second = pictures_of(story, assets, sources)
    assert (first.asset_id, first.keep, first.place) == (without.asset_id, (FOCUS,), "")
    assert (second.asset_id, second.keep, second.place) == (with_face.asset_id, (FACE,), "Lisbon")
    assert second.capture_time == with_face.capture_time


def test_assets_that_are_gone_are_skipped(make_photo: PhotoMaker, make_story: StoryMaker) -> None:
    there, unknown, deleted = make_photo(), make_photo(), make_photo()
    story = make_story((there, unknown, deleted))
    assets = {picture.asset_id: asset(picture) for picture in (there, deleted)}
    sources = {picture.asset_id: picture.source for picture in (there, unknown)}
    assert [picture.asset_id for picture in pictures_of(story, assets, sources)] == [there.asset_id]


@pytest.mark.parametrize(
    ("form", "count", "target"),
    [
        (Form.VIDEO, 2, RenderFormat.VIDEO_9_16),
        (Form.COLLAGE, 3, RenderFormat.COLLAGE_4_5),
        (Form.COLLAGE, 4, RenderFormat.COLLAGE_PORTRAIT_9_16),
    ],
)
def test_the_format_suits_the_story(
    make_story: StoryMaker, form: Form, count: int, target: RenderFormat
) -> None:
    pictures = tuple(Picture(AssetId(f"{n}"), MediaKind.PHOTO, Path("a.jpg")) for n in range(count))
    assert RenderFormat.default_for(make_story(pictures, form)) is target


@pytest.mark.parametrize("cover", ["0", "7", "29"])
def test_a_selection_spans_the_story_and_holds_its_cover(cover: str) -> None:
    pictures = [Picture(AssetId(f"{n}"), MediaKind.PHOTO, Path("a.jpg")) for n in range(30)]
    chosen = [int(picture.asset_id) for picture in spread(pictures, 9, AssetId(cover))]
    assert len(chosen) == 9
    assert chosen == sorted(set(chosen))
    assert int(cover) in chosen
    assert max(b - a for a, b in zip([-1, *chosen], [*chosen, 30], strict=True)) <= 8
