"""Where in the frame a picture is shown: all over it, or inset over a blurred background of itself."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageEnhance, ImageFilter

from services.rendering.crops import crop
from services.rendering.formats import Size
from services.rendering.masks import rounded
from services.rendering.video.planes import Planes

_MARGIN, _RADIUS = 48, 28
_BLUR_AT = 8
"""Backgrounds are blurred at this fraction of their size: it costs nothing and looks the same."""


@dataclass(frozen=True)
class Stage:
    """A place for a picture in the frame."""

    size: Size
    """What is shown of the picture, in even pixels."""
    at: tuple[int, int] = (0, 0)
    backdrop: Planes | None = None
    """What is around it; None where it fills the frame."""
    mask: Image.Image | None = None

    @property
    def aspect(self) -> float:
        """Width / height."""
        return self.size[0] / self.size[1]

    def show(self, view: Planes) -> Planes:
        """Return a frame with the view of the picture in its place, to be painted on freely."""
        if self.backdrop is None or self.mask is None:
            return view
        frame = self.backdrop.copy()
        frame.paste(view, self.at, self.mask)
        return frame


def full(frame: Size) -> Stage:
    """Return the stage that fills the frame."""
    return Stage(frame)


def inset(
    image: Image.Image,
    aspect: float,
    frame: Size,
    *,
    width: int | None = None,
    top: int | None = None,
) -> Stage:
    """Return a stage with rounded corners over a blurred background.

    Args:
        image: what the background is made of, RGB.
        aspect: width / height of the stage.
        frame: the frame's size in pixels.
        width: of the stage in pixels; as wide as the frame allows where None.
        top: where it begins in pixels; in the middle where None.
    """
    across = (width or frame[0] - 2 * _MARGIN) & ~1
    down = round(across / aspect)
    if down > frame[1] - 2 * _MARGIN:
        down = frame[1] - 2 * _MARGIN
        across = round(down * aspect) & ~1
    size = across, down & ~1
    above = (frame[1] - size[1]) // 2 if top is None else top
    at = (frame[0] - size[0]) // 2 & ~1, above & ~1
    return Stage(size, at, Planes.from_image(backdrop(image, frame)), rounded(size, _RADIUS))


def backdrop(image: Image.Image, frame: Size) -> Image.Image:
    """Return the picture as a dim, soft background that fills a frame (RGB)."""
    width, height = image.size
    window = crop(width / height, frame[0] / frame[1])
    box = (window.left * width, window.top * height, window.right * width, window.bottom * height)
    small = image.resize((frame[0] // _BLUR_AT, frame[1] // _BLUR_AT), Image.Resampling.BOX, box)
    soft = small.filter(ImageFilter.GaussianBlur(frame[0] / _BLUR_AT / 14))
    dim = ImageEnhance.Brightness(ImageEnhance.Color(soft).enhance(1.25)).enhance(0.55)
    return dim.resize(frame, Image.Resampling.BICUBIC)
