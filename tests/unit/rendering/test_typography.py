"""Text fits where it is set, in any Latin, Greek or Cyrillic spelling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from services.rendering.typography import Typeface, fit, font, printable


def drawn(character: str, cut: ImageFont.FreeTypeFont) -> NDArray[np.uint8]:
    image = Image.new("L", (80, 80))
    ImageDraw.Draw(image).text((10, 10), character, fill=255, font=cut)
    return np.asarray(image)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120), st.integers(120, 900), st.integers(1, 3))
def test_any_text_fits(text: str, width: int, lines: int) -> None:
    block = fit(text, Typeface.TITLE, width, largest=60, smallest=30, lines=lines)
    assert block.width <= width
    assert len(block.lines) <= lines
    assert block.mask(width=width).size == (width, max(1, block.height))


def test_long_text_is_shortened_with_an_ellipsis() -> None:
    block = fit("A day that was longer than any title should be", Typeface.TEXT, 200, largest=40, smallest=30)
    assert block.lines[-1].endswith("…")


def test_lines_are_balanced() -> None:
    block = fit("Three days in the mountains", Typeface.TITLE, 700, largest=84, smallest=84, lines=2)
    widths = [font(Typeface.TITLE, 84).getlength(line) for line in block.lines]
    assert len(widths) == 2
    assert min(widths) > 0.6 * max(widths)


@pytest.mark.parametrize("face", list(Typeface))
@pytest.mark.parametrize("character", "äöüßéñøåçłőİŁЖяΩ—–…’“·")
def test_accents_and_dashes_have_glyphs(face: Typeface, character: str) -> None:
    cut = font(face, 40)
    assert drawn(character, cut).any()
    assert (drawn(character, cut) != drawn("\uffff", cut)).any()


def test_descenders_are_inside_the_mask() -> None:
    mask = np.asarray(fit("gypsy", Typeface.TITLE, 600, largest=80, smallest=80).mask())
    assert mask.any()
    assert not mask[-1].any()


def test_emoji_and_control_characters_are_left_out() -> None:
    assert printable("Party 🎉\x00 at\nAna\u0308s") == "Party at Anäs"
