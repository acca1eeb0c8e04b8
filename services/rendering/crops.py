"""Crops to an aspect ratio that keep people whole: pure geometry, in fractions of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.media import Box

WHOLE = Box(0.0, 0.0, 1.0, 1.0)

# A detector's box ends at the forehead and the chin; hair and neck belong to a portrait.
_ABOVE, _BELOW, _BESIDE = 0.45, 0.25, 0.20
_EYE_LINE = 0.40
"""Where the middle of the faces goes in a crop's height: their eyes are then on its upper third."""
_SKY_LINE = 0.42
"""Where a crop of a picture without people sits in the height that is left over."""
_TOLERANCE = 1e-9

Span = tuple[float, float]


def with_head(face: Box) -> Box:
    """Return the box of the head to which a detected face belongs, within the picture."""
    return Box(
        max(0.0, face.left - _BESIDE * face.width),
        max(0.0, face.top - _ABOVE * face.height),
        min(1.0, face.right + _BESIDE * face.width),
        min(1.0, face.bottom + _BELOW * face.height),
    )


def hull(boxes: Sequence[Box]) -> Box | None:
    """Return the smallest box around all of the boxes; None around none."""
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def extent(picture: float, target: float) -> tuple[float, float]:
    """Return the width and height, as fractions, of the largest crop of aspect ratio `target`.

    Args:
        picture: width / height of the picture.
        target: width / height of the crop.
    """
    return (target / picture, 1.0) if target < picture else (1.0, picture / target)


def fits(picture: float, target: float, keep: Sequence[Box]) -> bool:
    """Tell whether a crop of aspect ratio `target` can show all of these boxes whole."""
    around, (width, height) = hull(keep), extent(picture, target)
    if around is None:
        return True
    return around.width <= width + _TOLERANCE and around.height <= height + _TOLERANCE


def crop(picture: float, target: float, keep: Sequence[Box] = ()) -> Box:
    """Return the largest crop of aspect ratio `target` that shows the boxes at their best.

    All boxes with the heads around them stay whole where that is possible, else all boxes, else those
    with the largest area together. Faces come to lie on the upper third; across, the picture's own
    composition is kept between its thirds.

    Args:
        picture: width / height of the picture.
        target: width / height of the crop.
        keep: faces (or the subject), in fractions of the picture.
    """
    heads = tuple(with_head(box) for box in keep)
    wanted = heads if fits(picture, target, heads) else tuple(keep)
    width, height = extent(picture, target)
    if width < 1.0:
        left = _place([(box.left, box.right) for box in wanted], _areas(keep), width, None)
        return Box(left, 0.0, left + width, 1.0)
    top = _place([(box.top, box.bottom) for box in wanted], _areas(keep), height, _EYE_LINE)
    return Box(0.0, top, 1.0, top + height)


def _areas(boxes: Sequence[Box]) -> list[float]:
    return [box.width * box.height for box in boxes]


def _place(spans: Sequence[Span], weights: Sequence[float], length: float, anchor: float | None) -> float:
    """Return where a window of this length starts; `anchor` is where in it the spans' middle should be."""
    room = max(0.0, 1.0 - length)
    if not spans:
        return room * (0.5 if anchor is None else _SKY_LINE)
    inside = _heaviest(spans, weights, length)
    low, high = min(span[0] for span in inside), max(span[1] for span in inside)
    middle = (low + high) / 2
    at = min(max(middle, 1 / 3), 2 / 3) if anchor is None else anchor
    if high - low > length:
        at = 0.5  # not even one fits: show its middle
        low, high = middle, middle
    start = min(max(middle - at * length, high - length), low)
    return min(max(start, 0.0), room)


def _heaviest(spans: Sequence[Span], weights: Sequence[float], length: float) -> list[Span]:
    """Return the spans that one window can hold together whose weight is the greatest."""
    best, heaviest = [max(zip(weights, spans, strict=True))[1]], 0.0
    for start, _ in spans:
        held = [
            i for i, (low, high) in enumerate(spans) if low >= start and high <= start + length + _TOLERANCE
        ]
        weight = sum(weights[i] for i in held)
        if weight > heaviest:
            best, heaviest = [spans[i] for i in held], weight
    return best
