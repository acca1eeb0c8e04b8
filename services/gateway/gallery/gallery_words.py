"""The gallery's own words, in the language of the stories; English is here, the rest in `translations`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.domain.stories.text import Language

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "gallery.title": "Your Stories",
        "gallery.skip": "Skip to the Stories",
        "gallery.private": "{stories}. Only you see them until you share them.",
        "gallery.none": "There are no Stories yet.",
        "gallery.empty": "Stories appear once there are enough photos of a trip, a day or a person. "
        "Sync a few more and look again.",
        "gallery.more": "More Stories",
        "gallery.note": "About these pictures",
        "gallery.credits": "Credits of the pictures",
        "gallery.why": "Why this story",
        "gallery.why.of": "Why this story: {title}",
        "gallery.watch": "Watch “{title}”",
        "gallery.video": "Video",
        "gallery.made": "Made on {day} by Storyroll.",
        "gallery.promise": "Nothing here is used for advertising, given to anyone or used to train a model.",
        "gallery.alt.collage": "Collage of {pictures}: {title}",
        "gallery.alt.video": "Recap video of {pictures}: {title}",
        "gallery.kind.event": "Moments",
        "gallery.kind.weekend": "Weekend",
        "gallery.kind.month": "Month in review",
        "gallery.kind.year": "Year in review",
        "gallery.kind.trip": "Trip",
        "gallery.kind.on_this_day": "On this day",
        "gallery.kind.birthday": "Birthday",
        "gallery.kind.anniversary": "Anniversary",
        "gallery.kind.occasion": "Occasion",
        "gallery.kind.person": "People",
        "gallery.kind.together": "Together",
        "gallery.kind.then_and_now": "Then and now",
        "gallery.kind.theme": "Theme",
        "gallery.kind.season": "Season in review",
        "gallery.kind.first_snow": "First snow",
    }
)
COUNTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "gallery.pictures": ("{n} picture", "{n} pictures"),
        "gallery.collages": ("{n} collage", "{n} collages"),
        "gallery.videos": ("{n} recap video", "{n} recap videos"),
    }
)
"""What is counted: for one, and for any other number."""


class GalleryWords:
    """Says the gallery's words in one language.

    Args:
        language: That of the stories.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, **values: str) -> str:
        """Return words of WORDS, without their "gallery."; raise KeyError where there are none."""
        whole = f"gallery.{name}"
        return self.language.translated(whole, WORDS[whole]).format_map(values)

    def count(self, noun: str, n: int) -> str:
        """Return how many there are of something of COUNTS, likewise."""
        whole = f"gallery.{noun}"
        return self.language.counted(whole, COUNTS[whole], n)
