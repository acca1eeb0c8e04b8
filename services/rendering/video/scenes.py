"""Scenes of a recap: a title card, a photo under a moving window, a clip of a video."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol

from services.domain.errors import UnreadableMedia
from services.domain.media import Box, MediaKind
from services.rendering.clips import QUARTERS, clip_duration, frames_at_rate, still_frame
from services.rendering.crops import crop
from services.rendering.formats import Size
from services.rendering.pictures import Picture
from services.rendering.stills import open_still, upright_size
from services.rendering.video.motion import Move, move_over, shape_for, zoom_into
from services.rendering.video.overlay import Overlay, caption, centred, title_blocks
from services.rendering.video.pace import RATE, Pace, frames
from services.rendering.video.planes import Planes
from services.rendering.video.stage import Stage, full, inset

_SPARE = 1.14
"""Photos are held at this multiple of the size of the widest window: sharp when it has come close."""
_MOST_ENLARGED = 2.4
"""A photo that would be enlarged more to fill the frame is shown smaller."""
_TALL, _WIDEST_CLIP = 0.8, 4 / 3
"""Clips up to the first aspect ratio fill the frame; none is shown wider than the second."""
_CARD_WIDTH, _CARD_GAP = 800, 32
_CARD_TALLEST, _CARD_WIDEST = 4 / 5, 1.0
"""Aspect ratios of the cover on the title card."""
_CARD_RISE = 0.42
"""The share of the free height above the card: a little over the middle looks like the middle."""
_APPEARING, _GONE = (0.25, 0.85), 0.5
"""Seconds from the start between which text appears, and before the end at which it is gone."""


class Scene(Protocol):
    """A stretch of a recap."""

    @property
    def length(self) -> int:
        """How many frames it has."""
        ...

    def frames(self) -> Iterator[Planes]:
        """Yield that many frames."""
        ...


@dataclass(frozen=True)
class PhotoScene:
    """A photo, seen through a window that moves, and text over it."""

    length: int
    picture: Planes
    move: Move
    stage: Stage
    text: Overlay | None = None
    text_stays: bool = False

    def frames(self) -> Iterator[Planes]:
        """Yield the frames."""
        for number in range(self.length):
            window = self.move.at(number / max(1, self.length - 1))
            frame = self.stage.show(self.picture.view(window, self.stage.size))
            if self.text:
                self.text.paint(frame, _strength(number, self.length, stays=self.text_stays))
            yield frame


@dataclass(frozen=True)
class ClipScene:
    """A stretch of a video, and text over it."""

    length: int
    picture: Picture
    start: float
    """Seconds into the video."""
    window: Box
    """The part of the picture that is shown, in fractions."""
    stage: Stage
    still: Planes
    """A frame of the video, upright: shown if no other can be read after all."""
    text: Overlay | None = None

    def frames(self) -> Iterator[Planes]:
        """Yield the frames; the last one stays where the video ends or breaks early."""
        views = self._views()
        view = self.still.view(self.window, self.stage.size)
        for number in range(self.length):
            view = next(views, view)
            frame = self.stage.show(view.copy())
            if self.text:
                self.text.paint(frame, _strength(number, self.length, stays=False))
            yield frame

    def _views(self) -> Iterator[Planes]:
        """Yield what the stage shows of each frame that can be read."""
        try:
            for frame in frames_at_rate(self.picture, self.start, self.length, RATE):
                turn = QUARTERS.get(frame.rotation % 360)
                planes = Planes.from_frame(frame)
                upright = planes.turned(turn) if turn is not None else planes
                yield upright.view(self.window, self.stage.size)
        except UnreadableMedia:
            return


def title_scene(picture: Picture, title: str, subtitle: str, size: Size, pace: Pace) -> Scene:
    """Return a card with the cover, the title and the subtitle; raise UnreadableMedia."""
    image = open_still(picture, round(_CARD_WIDTH * _SPARE / _CARD_TALLEST))
    aspect = image.width / image.height
    shape = min(max(aspect, _CARD_TALLEST), _CARD_WIDEST)
    blocks = title_blocks(title, subtitle, size)
    text_height = sum(block.height + _CARD_GAP for block in blocks)
    top = max(_CARD_GAP, round((size[1] - _CARD_WIDTH / shape - text_height) * _CARD_RISE))
    stage = inset(image, shape, size, width=_CARD_WIDTH, top=top)
    below = stage.at[1] + stage.size[1]
    text = centred(blocks, below + 2 * _CARD_GAP, _CARD_GAP, size)
    move = zoom_into(crop(aspect, stage.aspect, picture.keep), picture.keep)
    return PhotoScene(frames(pace.title), Planes.from_image(image), move, stage, text, text_stays=True)


def scene_of(picture: Picture, words: str, size: Size, pace: Pace, random: Random) -> Scene:
    """Return the scene that shows a picture, captioned if there are words; raise UnreadableMedia."""
    text = caption(words, size) if words else None
    if picture.kind is MediaKind.VIDEO:
        return _clip_scene(picture, text, size, pace)
    return _photo_scene(picture, text, size, pace, random)


def _photo_scene(picture: Picture, text: Overlay | None, size: Size, pace: Pace, random: Random) -> Scene:
    width, height = upright_size(picture)
    aspect, target = width / height, size[0] / size[1]
    # Never so tall that its pixels would have to be enlarged beyond what looks sharp.
    narrowest = size[0] / (_MOST_ENLARGED * height)
    shape = shape_for(aspect, target, picture.keep, narrowest)
    image = open_still(picture, _shorter_side(aspect, shape, size))
    stage = full(size) if shape <= target else inset(image, shape, size)
    move = move_over(aspect, stage.aspect, picture.keep, random)
    return PhotoScene(frames(pace.photo), Planes.from_image(image), move, stage, text)


def _clip_scene(picture: Picture, text: Overlay | None, size: Size, pace: Pace) -> Scene:
    still, duration = still_frame(picture), clip_duration(picture)
    aspect = still.width / still.height
    stage = full(size) if aspect <= _TALL else inset(still, min(aspect, _WIDEST_CLIP), size)
    window = crop(aspect, stage.aspect, picture.keep)
    seconds = min(max(duration, pace.shortest), pace.clip)
    # The middle of a long video: its ends are the camera being raised and lowered.
    start = max(0.0, (duration - seconds) / 2)
    return ClipScene(frames(seconds), picture, start, window, stage, Planes.from_image(still), text)


def _shorter_side(aspect: float, shape: float, size: Size) -> int:
    """Return the pixels that a photo's shorter side needs for a window of this shape."""
    window_width = size[0] * _SPARE
    window_height = window_width / shape
    height = max(window_height, window_width / aspect)
    return math.ceil(min(height, height * aspect))


def _strength(number: int, length: int, *, stays: bool) -> float:
    """Return how visible text is at a frame, 0…1."""
    now, end = number / RATE, length / RATE
    begin, there = _APPEARING
    coming = (now - begin) / (there - begin)
    going = 1.0 if stays else (end - _GONE - now) / (there - begin)
    return min(1.0, max(0.0, min(coming, going)))
