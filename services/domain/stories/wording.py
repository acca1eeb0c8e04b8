"""How code names texts: which text, and its values; `text` says what words they become."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.stories.text import NAME, SOURCE, Said, Text, Value, listed
from services.domain.stories.texts import PLURALS, TEXTS
from services.domain.stories.theme_texts import THEME_TITLES


def say(text: str, **values: Value) -> Text:
    """Return a text with its values; raise KeyError where there is none of the name."""
    if text not in TEXTS:
        raise KeyError(text)
    return Text(text, tuple(values.items()))


def count(noun: str, n: int, **values: Value) -> Text:
    """Return a number with its noun in the right form: 1 photo, 1,204 photos."""
    if noun not in PLURALS:
        raise KeyError(noun)
    return Text(f"count.{noun}", (("n", n), *values.items()))


def join(names: Sequence[Said]) -> Said:
    """Return names as one would say them: A · A and B · A, B and C."""
    return listed("and", names)


def commas(names: Sequence[Said]) -> Said:
    """Return names with nothing but commas between them."""
    return listed("comma", names)


def named(name: str, translations: Sequence[tuple[str, str]]) -> Said:
    """Return a name that is another in other languages, given as (language, name)."""
    return Text(NAME, ((SOURCE, name), *translations)) if translations else name


def media(photos: int, videos: int) -> Said:
    """Return how many photos and videos: 11 photos and 1 video; no photos without videos: 0 photos."""
    parts: list[Said] = [count("photos", photos)] if photos or not videos else []
    return join([*parts, *([count("videos", videos)] if videos else [])])


def kilometres(km: float) -> Text:
    """Return a distance as exactly as anybody cares: 8 km, 42 km, 75 km, 140 km, 2,100 km."""
    step = 1 if km < 50 else 5 if km < 100 else 10 if km < 1000 else 100
    return say("km", n=round(km / step) * step)


def theme(name: str) -> Said:
    """Return what a theme is called in a sentence; one without a text is called by its own name."""
    return Text(f"theme.{name}") if name in THEME_TITLES else name.replace("_", " ")


def theme_title(name: str) -> Said:
    """Return the title of a theme: its own, or the theme as a sentence would begin with it."""
    words = name.replace("_", " ")
    return Text(f"title.theme.{name}") if name in THEME_TITLES else words[:1].upper() + words[1:]
