"""Slow pans and zooms: how a window moves over a picture while it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from services.domain.media import Box
from services.rendering.crops import crop, hull, with_head

_ZOOM = 0.12
"""How much smaller the near window is than the far one: felt, but not noticed."""
_PAN = 0.75
"""How much of the free way a pan across a wide picture takes."""
_ALMOST = 1.25
"""Up to this multiple of the frame's aspect ratio, resolution alone does not shrink a picture."""
_NARROWEST_INSET = 0.7
"""An inset that almost fills the frame looks like a mistake."""
_STEADY = 0.7
"""The share of the time in which a movement keeps its speed; the rest is easing in and out."""


@dataclass(frozen=True, slots=True)
class Move:
    """A window's way over a picture, both ends in fractions of it and of one aspect ratio."""

    start: Box
    end: Box

    def at(self, time: float) -> Box:
        """Return the window at a time of 0…1."""
        share = ease(time)
        ends = zip(_edges(self.start), _edges(self.end), strict=True)
        return Box(*(a + (b - a) * share for a, b in ends))

    def reversed(self) -> Move:
        """Return the way back."""
        return Move(self.end, self.start)


def ease(time: float) -> float:
    """Return the way covered (0…1) at a time of 0…1: steady, with a soft start and a soft stop."""
    ramp = (1.0 - _STEADY) / 2
    speed = 1.0 / (1.0 - ramp)
    if time < ramp:
        return speed * time * time / (2 * ramp)
    if time > 1.0 - ramp:
        return 1.0 - ease(1.0 - time)
    return speed * (time - ramp / 2)


def move_over(picture: float, target: float, keep: Sequence[Box], random: Random) -> Move:
    """Return a movement that suits a picture: towards its faces, across a wide view, or a gentle zoom.

    Faces that the far window shows whole are whole in every window of the way.

    Args:
        picture: width / height of the picture.
        target: width / height of the window.
        keep: faces (or the subject), in fractions of the picture.
        random: decides between ways that are equally good.
    """
    far = crop(picture, target, keep)
    if not keep and far.width < 0.75:
        return _pan(far, random)
    zoom = zoom_into(far, keep)
    # Towards people, always; with nobody to go to, as often away.
    return zoom if keep or random.random() < 0.5 else zoom.reversed()


def shape_for(picture: float, target: float, keep: Sequence[Box], narrowest: float = 0.0) -> float:
    """Return the aspect ratio in which to show a picture in a frame of aspect ratio `target`.

    That of the frame where people stay whole in it, or where there is nobody and a pan can show all;
    else the narrowest one that holds the people, to be inset in the frame.

    Args:
        picture: width / height of the picture.
        target: width / height of the frame.
        keep: faces (or the subject), in fractions of the picture.
        narrowest: what the picture's resolution allows.
    """
    around = hull([with_head(box) for box in keep])
    needed = around.width * picture if around else 0.0
    # A little softness is a smaller flaw than a picture that just fails to fill the frame.
    enough = narrowest if narrowest > _ALMOST * target else 0.0
    shape = max(needed, enough)
    return target if shape <= target or picture <= target else min(picture, max(shape, _NARROWEST_INSET))


def zoom_into(far: Box, keep: Sequence[Box]) -> Move:
    """Return a movement from a window to a nearer one around the people in it."""
    return Move(far, _near(far, keep))


def _pan(far: Box, random: Random) -> Move:
    """Travel along the picture's width, coming a little closer."""
    free = (1.0 - far.width) * _PAN
    left = (1.0 - far.width - free) / 2
    ends = [Box(at, far.top, at + far.width, far.bottom) for at in (left, left + free)]
    move = Move(ends[0], _shrunk(ends[1], ends[1].center, _ZOOM / 2))
    if random.random() < 0.5:
        return move
    return Move(ends[1], _shrunk(ends[0], ends[0].center, _ZOOM / 2))


def _near(far: Box, keep: Sequence[Box]) -> Box:
    """Return the window to come close to: around the people, and holding them whole if `far` does."""
    around = hull([with_head(box) for box in keep])
    if around is None:
        return _shrunk(far, far.center, _ZOOM)
    held = Box(
        max(around.left, far.left),
        max(around.top, far.top),
        min(around.right, far.right),
        min(around.bottom, far.bottom),
    )
    zoom = max(0.0, min(_ZOOM, 1.0 - held.width / far.width, 1.0 - held.height / far.height))
    window = _shrunk(far, held.center, zoom)
    return _holding(window, held, far)


def _shrunk(box: Box, towards: tuple[float, float], by: float) -> Box:
    """Return the box scaled down, moved so that the point keeps its relative place."""
    x, y = towards
    keep = 1.0 - by
    return Box(
        x + (box.left - x) * keep,
        y + (box.top - y) * keep,
        x + (box.right - x) * keep,
        y + (box.bottom - y) * keep,
    )


def _holding(window: Box, held: Box, within: Box) -> Box:
    """Return the window moved as little as needed to hold a box, staying within another."""
    right = max(0.0, held.right - window.right) - max(0.0, window.left - held.left)
    down = max(0.0, held.bottom - window.bottom) - max(0.0, window.top - held.top)
    right = min(max(right, within.left - window.left), within.right - window.right)
    down = min(max(down, within.top - window.top), within.bottom - window.bottom)
    return Box(window.left + right, window.top + down, window.right + right, window.bottom + down)


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
