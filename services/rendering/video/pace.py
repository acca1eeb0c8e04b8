"""How long things are on screen."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 30
"""Frames a second."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of a recap in seconds; each but the fade includes the fades at its ends."""

    title: float = 3.0
    photo: float = 2.9
    clip: float = 4.0
    """The most of one video."""
    shortest: float = 1.6
    """A shorter video's last frame stays until then."""
    fade: float = 0.5
    """How long one scene dissolves into the next."""
    ending: float = 0.7
    """How long the last scene takes to go dark."""
    most: float = 60.0
    """No recap is longer: what does not fit is left out evenly."""

    @property
    def scenes(self) -> int:
        """How many scenes fit after the title, none longer than a clip."""
        longest = max(self.photo, self.clip) - self.fade
        return max(2, int((self.most - self.title) / longest))


def frames(seconds: float) -> int:
    """Return the nearest number of frames, at least one."""
    return max(1, round(seconds * RATE))
