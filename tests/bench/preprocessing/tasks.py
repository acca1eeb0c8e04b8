"""What every library is asked to make of a photo, and how far it may shrink the photo while decoding."""

from __future__ import annotations

from dataclasses import dataclass

OVERSAMPLING = 1.3
"""Decoded pixels per output pixel that must remain: the rule of `inference_core.preprocess`."""


@dataclass(frozen=True, slots=True)
class Task:
    """A central square of `crop` pixels, and the whole photo on a square canvas of `letterbox` pixels.

    Attributes:
        name: As the command line and the tables call it.
        crop: Side of the centre crop.
        letterbox: Side of the canvas; 0 means that only the crop is wanted.
    """

    name: str
    crop: int
    letterbox: int = 0

    def shrink(self, width: int, height: int, oversampling: float) -> int:
        """Return the largest of 8, 4, 2, 1 that leaves each output `oversampling` times its pixels."""
        density = max(self.crop / min(width, height), self.letterbox / max(width, height))
        return next((s for s in (8, 4, 2) if density * oversampling * s <= 1.0), 1)


CROP = Task("224", 224)
CROP_AND_LETTERBOX = Task("224 + 640", 224, 640)
TASKS = {task.name: task for task in (CROP, CROP_AND_LETTERBOX)}
