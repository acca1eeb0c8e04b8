"""The page of a collage: margins, where pictures may go, and the title's place below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from services.domain.stories.story import Story
from services.rendering.formats import Size
from services.rendering.layouts import Subject
from services.rendering.slicing import Rect, slicings
from services.rendering.typography import TextBlock, Typeface, fit

_MOST_CROPPED = 0.72
"""Pictures keep at least this part of their area where the page can leave paper free instead."""


@dataclass(frozen=True)
class PlacedText:
    """A text's coverage, where it goes, and whether it is the title."""

    mask: Image.Image
    at: tuple[int, int]
    strong: bool


@dataclass(frozen=True)
class Page:
    """A page with its title set."""

    size: Size
    margin: int
    gutter: int
    radius: int
    title: TextBlock
    subtitle: TextBlock
    one_line: bool
    """Whether title and subtitle share a line, as on a wide page."""

    @property
    def caption_height(self) -> int:
        """Pixels that title and subtitle take, with the air above them."""
        if self.one_line:
            return self.margin // 2 + max(self.title.height, self.subtitle.height)
        gap = self.gutter // 2 if self.subtitle.lines else 0
        return round(self.margin * 0.75) + self.title.height + gap + self.subtitle.height

    def pictures(self, subjects: Sequence[Subject]) -> Rect:
        """Return where the pictures go: above the title, and less where filling that would crop much."""
        width = self.size[0] - 2 * self.margin
        height = self.size[1] - self.margin - self.caption_height - self.margin
        aspects = [subject.aspect for subject in subjects]
        natural = [slicing.aspect(aspects) for slicing in slicings(len(subjects))]
        aspect = min(natural, key=lambda a: max(a, width / height) / min(a, width / height))
        shown_width = min(width, round(height * aspect / _MOST_CROPPED))
        shown_height = min(height, round(width / (aspect * _MOST_CROPPED)))
        left = (self.size[0] - shown_width) // 2
        return Rect(left, self.margin + (height - shown_height) // 2, shown_width, shown_height)

    def texts(self, below: int) -> Iterator[PlacedText]:
        """Yield title and subtitle, placed under pictures that end at `below` pixels."""
        if self.one_line:
            yield from self._texts_side_by_side(below)
            return
        top = below + round(self.margin * 0.75)
        if self.title.lines:
            yield PlacedText(self.title.mask(), (self.margin, top), strong=True)
        if self.subtitle.lines:
            top += self.title.height + self.gutter // 2
            yield PlacedText(self.subtitle.mask(), (self.margin, top), strong=False)

    def _texts_side_by_side(self, below: int) -> Iterator[PlacedText]:
        """Set the title at the left, the subtitle at the right, on one baseline."""
        top = below + self.margin // 2
        drop = self.title.font.getmetrics()[0] - self.subtitle.font.getmetrics()[0]
        if self.title.lines:
            yield PlacedText(self.title.mask(), (self.margin, top), strong=True)
        if self.subtitle.lines:
            left = self.size[0] - self.margin - self.subtitle.width
            yield PlacedText(self.subtitle.mask(), (left, top + drop), strong=False)


def page_for(story: Story, size: Size) -> Page:
    """Set a story's title and subtitle for a page of this size in pixels."""
    wide = size[0] > size[1]
    margin = 48 if wide else 54
    room = size[0] - 2 * margin
    if wide:
        title = fit(str(story.title), Typeface.TITLE, round(room * 0.62), largest=64, smallest=36)
        subtitle = fit(
            str(story.subtitle), Typeface.TEXT, room - title.width - margin, largest=32, smallest=22
        )
    else:
        lines = 2 if size[1] > 1.5 * size[0] else 1
        title = fit(str(story.title), Typeface.TITLE, room, largest=84, smallest=48, lines=lines)
        subtitle = fit(str(story.subtitle), Typeface.TEXT, room, largest=38, smallest=28, lines=lines)
    return Page(size, margin, 14, 14, title, subtitle, one_line=wide)
