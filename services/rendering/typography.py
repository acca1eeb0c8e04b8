"""Text in pictures: open fonts with many scripts, wrapping that balances lines, text that always fits."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

_LEADING = 1.16
"""Line height as a multiple of the font size; titles are set tight."""
_ELLIPSIS = "…"
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "So"})
"""Unicode categories without a glyph in a text font: controls, surrogates, private use, emoji."""


class Typeface(Enum):
    """The cuts in use, both families under the SIL Open Font License."""

    TITLE = ("font_source_serif_pro", "SourceSerifPro-Semibold.ttf")
    TEXT = ("font_source_sans_pro", "SourceSansPro-Regular.ttf")
    STRONG = ("font_source_sans_pro", "SourceSansPro-Semibold.ttf")

    @property
    def path(self) -> Path:
        """The font file."""
        package, name = self.value
        return Path(str(files(package) / "files" / name))


@cache
def font(face: Typeface, size: int) -> ImageFont.FreeTypeFont:
    """Return a font of a size in pixels."""
    return ImageFont.truetype(face.path, size)


def printable(text: str) -> str:
    """Return the text as fonts can set it: composed, one line, without emoji and control characters."""
    composed = unicodedata.normalize("NFC", text)
    kept = (char if unicodedata.category(char) not in _UNPRINTABLE else " " for char in composed)
    return " ".join("".join(kept).split())


@dataclass(frozen=True)
class TextBlock:
    """Text that is broken into lines in one font."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont

    @property
    def leading(self) -> int:
        """Pixels from line to line."""
        return round(self.font.size * _LEADING)

    @property
    def width(self) -> int:
        """Pixels across the longest line."""
        return max((_measure(line, self.font) for line in self.lines), default=0)

    @property
    def height(self) -> int:
        """Pixels from the first line's ascenders to the last one's descenders; 0 without text."""
        return sum(self.font.getmetrics()) + self.leading * (len(self.lines) - 1) if self.lines else 0

    def mask(
        self, align: Literal["left", "center", "right"] = "left", width: int | None = None
    ) -> Image.Image:
        """Return the text as coverage: mode L, `width` (the block's own where None) by `height` pixels."""
        across = width or self.width
        mask = Image.new("L", (max(1, across), max(1, self.height)))
        draw = ImageDraw.Draw(mask)
        for number, line in enumerate(self.lines):
            free = across - _measure(line, self.font)
            left = {"left": 0, "center": free // 2, "right": free}[align]
            draw.text((left, number * self.leading), line, fill=255, font=self.font)
        return mask


def fit(text: str, face: Typeface, width: int, *, largest: int, smallest: int, lines: int = 1) -> TextBlock:
    """Set text as large as fits into a width and a number of lines; shorten it where nothing fits.

    Args:
        text: any text; see `printable`.
        face: the cut.
        width: pixels that no line exceeds.
        largest: size to try first, in pixels.
        smallest: size at which text is shortened rather than set smaller.
        lines: the most lines to break it into.
    """
    words = printable(text).split()
    for size in range(largest, smallest - 1, -2):
        broken = _wrap(words, font(face, size), width)
        if len(broken) <= lines and all(_measure(line, font(face, size)) <= width for line in broken):
            return TextBlock(_balanced(words, font(face, size), width, len(broken)), font(face, size))
    cut = font(face, smallest)
    broken = _wrap(words, cut, width)
    shown = [_shortened(line, cut, width) for line in broken[:lines]]
    if len(broken) > lines:
        shown[-1] = _shortened(broken[lines - 1] + _ELLIPSIS, cut, width)
    return TextBlock(tuple(shown), cut)


def _measure(text: str, cut: ImageFont.FreeTypeFont) -> int:
    return round(cut.getlength(text) + 0.5)


def _wrap(words: list[str], cut: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break greedily; a word wider than the width has a line to itself."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _measure(longer, cut) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _balanced(words: list[str], cut: ImageFont.FreeTypeFont, width: int, count: int) -> tuple[str, ...]:
    """Break into the same number of lines at the narrowest width, so that no last word stands alone."""
    narrow, wide = 0, width
    while wide - narrow > 4:
        middle = (narrow + wide) // 2
        lines = _wrap(words, cut, middle)
        if len(lines) > count or any(_measure(line, cut) > middle for line in lines):
            narrow = middle
        else:
            wide = middle
    return tuple(_wrap(words, cut, wide))


def _shortened(line: str, cut: ImageFont.FreeTypeFont, width: int) -> str:
    """Drop letters from the end until the line fits, with an ellipsis in their place."""
    if _measure(line, cut) <= width:
        return line
    text = line.rstrip(_ELLIPSIS)
    while text and _measure(text.rstrip() + _ELLIPSIS, cut) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS
