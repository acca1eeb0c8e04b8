"""Collages: up to nine pictures and a title on a page, as a JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from services.domain.errors import UnreadableMedia
from services.domain.identity import AssetId
from services.domain.stories.story import Story
from services.rendering.crops import crop
from services.rendering.formats import LeftOut, Progress, RenderFormat, Rendition
from services.rendering.layouts import MOST_PICTURES, Subject, arrange
from services.rendering.masks import rounded
from services.rendering.page import Page, page_for
from services.rendering.palette import palette_of
from services.rendering.pictures import Picture
from services.rendering.selection import spread
from services.rendering.slicing import Rect
from services.rendering.stills import open_still, upright_size

_QUALITY = 90


@dataclass(frozen=True)
class _Fitted:
    """A picture, cropped and scaled for its cell."""

    cell: Rect
    image: Image.Image


def render_collage(
    story: Story,
    pictures: Sequence[Picture],
    out: Path,
    target: RenderFormat,
    *,
    progress: Progress,
) -> Rendition:
    """Write a collage; see `render`."""
    chosen, left_out = _readable(pictures)
    chosen = spread(chosen, MOST_PICTURES, story.cover)
    page = page_for(story, target.size)
    while chosen:
        try:
            fitted = _fit_all(chosen, page, story.cover, progress)
        except _Undecodable as failure:
            # The header was sound and the rest was not: lay the others out anew.
            left_out.append(failure.left_out)
            chosen = [picture for picture in chosen if picture.asset_id != failure.left_out.asset_id]
            continue
        image = _compose(page, fitted)
        # Full chroma resolution: the title's thin strokes would fray at half of it.
        image.save(out, "JPEG", quality=_QUALITY, subsampling=0, progressive=True, optimize=True)
        progress(1.0)
        shown = tuple(picture.asset_id for picture in chosen)
        return Rendition(out, target, target.size, shown, tuple(left_out))
    raise UnreadableMedia("none of the pictures of this story can be read")


class _Undecodable(Exception):
    """A picture turned out to be damaged after the page was laid out."""

    def __init__(self, left_out: LeftOut) -> None:
        super().__init__(left_out.reason)
        self.left_out = left_out


def _readable(pictures: Sequence[Picture]) -> tuple[list[Picture], list[LeftOut]]:
    """Split off the pictures whose very headers cannot be read."""
    readable: list[Picture] = []
    left_out: list[LeftOut] = []
    for picture in pictures:
        try:
            upright_size(picture)
        except UnreadableMedia as error:
            left_out.append(LeftOut(picture.asset_id, str(error)))
        else:
            readable.append(picture)
    return readable, left_out


def _fit_all(pictures: Sequence[Picture], page: Page, cover: AssetId, progress: Progress) -> list[_Fitted]:
    """Lay the pictures out and bring each to the size of its cell, one in memory at a time."""
    subjects = [_subject(picture) for picture in pictures]
    large = next((i for i, picture in enumerate(pictures) if picture.asset_id == cover), 0)
    cells = arrange(subjects, page.pictures(subjects), page.gutter, large)
    fitted: list[_Fitted] = []
    for number, (picture, cell) in enumerate(zip(pictures, cells, strict=True), 1):
        fitted.append(_Fitted(cell, _fit(picture, cell)))
        progress(0.9 * number / len(pictures))
    return fitted


def _subject(picture: Picture) -> Subject:
    width, height = upright_size(picture)
    return Subject(width / height, width * height, picture.keep)


def _fit(picture: Picture, cell: Rect) -> Image.Image:
    """Return the picture's crop for a cell, at the cell's size."""
    try:
        image = open_still(picture, max(cell.width, cell.height))
    except UnreadableMedia as error:
        raise _Undecodable(LeftOut(picture.asset_id, str(error))) from error
    width, height = image.size
    box = crop(width / height, cell.aspect, picture.keep)
    pixels = (box.left * width, box.top * height, box.right * width, box.bottom * height)
    return image.resize((cell.width, cell.height), Image.Resampling.LANCZOS, pixels)


def _compose(page: Page, fitted: Sequence[_Fitted]) -> Image.Image:
    """Paint the page: paper, pictures with rounded corners, the title."""
    colours = palette_of([item.image for item in fitted])
    canvas = Image.new("RGB", page.size, colours.paper)
    for item in fitted:
        corners = rounded(item.image.size, page.radius)
        canvas.paste(item.image, (item.cell.left, item.cell.top), corners)
    below = max(item.cell.top + item.cell.height for item in fitted)
    for text in page.texts(below):
        canvas.paste(colours.ink if text.strong else colours.soft, text.at, text.mask)
    return canvas
