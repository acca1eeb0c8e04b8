"""Pictures are opened upright, in RGB, no larger than asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from services.domain.errors import UnreadableMedia
from services.domain.identity import AssetId
from services.domain.media import MediaKind
from services.rendering.clips import clip_duration, frames_at_rate, upright
from services.rendering.pictures import Picture
from services.rendering.stills import open_still, upright_size

PhotoMaker = Callable[..., Picture]


def half_and_half() -> Image.Image:
    """Red above blue, 300 x 400."""
    image = Image.new("RGB", (300, 400), "red")
    image.paste("blue", (0, 200, 300, 400))
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(make_photo: PhotoMaker, orientation: int) -> None:
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    stored = half_and_half()
    stored.getexif()[0x0112] = undo
    picture = make_photo(image=ImageOps.exif_transpose(stored), orientation=orientation)
    image = open_still(picture, 300)
    assert image.size == upright_size(picture) == (300, 400)
    pixels = np.asarray(image).astype(int)
    assert pixels[100, 150, 0] > 200 > 80 > pixels[100, 150, 2]
    assert pixels[300, 150, 2] > 200 > 80 > pixels[300, 150, 0]


def test_a_large_photo_is_scaled_and_a_small_one_is_not_enlarged(make_photo: PhotoMaker) -> None:
    assert open_still(make_photo(3000, 2000), 500).size == (750, 500)
    assert open_still(make_photo(300, 200), 500).size == (300, 200)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "I;16", "1"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    Image.new(mode, (40, 30)).save(path)
    image = open_still(Picture(AssetId("a"), MediaKind.PHOTO, path), 100)
    assert (image.mode, image.size) == ("RGB", (40, 30))


def test_an_unknown_format_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ana")
    with pytest.raises(UnreadableMedia):
        open_still(Picture(AssetId("a"), MediaKind.PHOTO, path), 100)
    with pytest.raises(UnreadableMedia):
        open_still(Picture(AssetId("a"), MediaKind.VIDEO, path), 100)


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia):
        upright_size(Picture(AssetId("a"), MediaKind.PHOTO, tmp_path / "gone.jpg"))


@pytest.mark.parametrize("rate", [10, 25, 60])
def test_a_clip_is_read_at_a_steady_rate(make_clip: PhotoMaker, rate: int) -> None:
    clip = make_clip(2.0, rate)
    assert clip_duration(clip) == pytest.approx(2.0, abs=0.1)
    levels = [np.asarray(upright(frame)).mean() for frame in frames_at_rate(clip, 0.5, 30, 30)]
    assert len(levels) == 30
    assert levels == sorted(levels)
    assert levels[0] == pytest.approx(20 + 200 * 0.25, abs=14)
    assert levels[-1] == pytest.approx(20 + 200 * 0.75, abs=14)


def test_a_clip_that_ends_early_yields_what_it_has(make_clip: PhotoMaker) -> None:
    count = len(list(frames_at_rate(make_clip(1.0), 0.0, 90, 30)))
    assert 29 <= count <= 31


def test_the_still_of_a_video_is_not_its_first_frame(make_clip: PhotoMaker) -> None:
    image = open_still(make_clip(2.0), 240)
    assert image.size == (320, 240)
    assert np.asarray(image).mean() > 45


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("heic/mobile/iphone_13_pro_max.HEIC", None),
        ("jpg/orientation/landscape_6.jpg", (600, 450)),
        ("jpg/orientation/portrait_8.jpg", (450, 600)),
    ],
)
def test_real_photos_open_upright(data_dir: Path, name: str, size: tuple[int, int] | None) -> None:
    picture = Picture(AssetId("a"), MediaKind.PHOTO, data_dir / "exif/exif-samples" / name)
    shown = upright_size(picture)
    assert size in (None, shown)
    image = open_still(picture, 400)
    assert image.width / image.height == pytest.approx(shown[0] / shown[1], rel=0.01)
    assert min(image.size) == 400


@pytest.mark.data
def test_corrupt_files_are_unreadable_and_nothing_else(data_dir: Path) -> None:
    files = sorted(path for path in (data_dir / "corrupt").rglob("*") if path.is_file())[::7]
    assert files
    for path in files:
        for kind in MediaKind:
            try:
                open_still(Picture(AssetId("a"), kind, path), 200)
            except UnreadableMedia:
                continue
