"""Texts before they are words: which text it is and what fills it, so that it can be said in any language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import TypeAlias

from services.domain.stories.texts import PLURALS, TEXTS
from services.domain.stories.theme_texts import THEME_TEXTS

SOURCE = "en"
"""The language of `texts`."""
LANGUAGES = (SOURCE, "de")
"""Every language that stories are told in; each but the source has a catalog in `locale`."""


NAME = "name"
"""The text that is a name with others in other languages; its values are these, by language."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of `texts` with its values; its words depend on the language in which it is said."""

    name: str
    """`list.…` joins its `items`; `count.…` is a noun of PLURALS with its number `n`."""
    values: tuple[tuple[str, Value], ...] = ()

    def __hash__(self) -> int:
        """Return a hash of the name alone: keys that texts are part of have more to go by, and are many."""
        return hash(self.name)

    def __str__(self) -> str:
        """Return the words in English."""
        return language(SOURCE).say(self)


Said: TypeAlias = str | Text
"""What is said: a text; or a name, a number or a time, which is the same in every language."""
Value: TypeAlias = str | int | Text | tuple[Said, ...]
"""What fills a place in a template; a whole number called `n` is a count."""


class Language:
    """Says texts in the words of one language.

    Args:
        tag: IETF language tag.
        catalog: Its translations.
    """

    def __init__(self, tag: str, catalog: NullTranslations) -> None:
        self.tag = tag
        self._catalog = catalog

    def say(self, said: Said) -> str:
        """Return the words of a text; raise KeyError for a text that this version does not know."""
        if isinstance(said, str):
            return said
        values = dict(said.values)
        if said.name == NAME:
            return self._filled("", values.get(self.tag, values[SOURCE]))
        group, _, name = said.name.partition(".")
        if group == "list":
            return self._listed(name, values["items"])
        words = {value: self._filled(value, filling) for value, filling in values.items()}
        return self._template(group, name, said.name, values).format_map(words)

    def translated(self, name: str, english: str) -> str:
        """Return the translation of words that are no story's; in English where the language has none."""
        return self._catalog.pgettext(name, english)

    def counted(self, name: str, forms: tuple[str, str], n: int) -> str:
        """Return what is counted, with its number; likewise."""
        return self._catalog.npgettext(name, *forms, n).format(n=self._filled("n", n))

    def _template(self, group: str, name: str, whole: str, values: Mapping[str, Value]) -> str:
        if group == "count":
            n = values["n"]
            assert isinstance(n, int)
            return self._catalog.npgettext(whole, *PLURALS[name], n)
        source = TEXTS[whole] if whole in TEXTS else THEME_TEXTS[whole]
        return self._catalog.pgettext(whole, source)

    def _filled(self, name: str, value: Value) -> str:
        if isinstance(value, int):
            return f"{value:,}".replace(",", self._word("number.thousands")) if name == "n" else str(value)
        assert not isinstance(value, tuple)
        return self.say(value)

    def _listed(self, name: str, items: Value) -> str:
        """Join what is listed; the last two with the language's "and" where the list is one of `list.and`."""
        assert isinstance(items, tuple)
        said = [self.say(item) for item in items]
        if name != "and":
            return self._word(f"list.{name}").join(said)
        if len(said) < 2:
            return "".join(said)
        first = self._word("list.comma").join(said[:-1])
        return self._word("list.and").format(first=first, last=said[-1])

    def _word(self, name: str) -> str:
        return self._catalog.pgettext(name, TEXTS[name])


@cache
def language(tag: str) -> Language:
    """Return one of LANGUAGES; its catalog is read when it is first asked for. Raises KeyError."""
    if tag not in LANGUAGES:
        raise KeyError(tag)
    if tag == SOURCE:
        return Language(SOURCE, NullTranslations())
    path = files(__package__).joinpath("locale", tag, "LC_MESSAGES", "storyroll.mo")
    with path.open("rb") as file:
        return Language(tag, GNUTranslations(file))


def preferred(tags: Iterable[str]) -> Language:
    """Return the first of the languages asked for in which stories are told, else the source language.

    Args:
        tags: IETF language tags, the one liked best first; regions and scripts play no part: de-AT is de.
    """
    asked = (tag.replace("_", "-").partition("-")[0].lower() for tag in tags)
    return language(next((tag for tag in asked if tag in LANGUAGES), SOURCE))


def listed(kind: str, items: Sequence[Said]) -> Said:
    """Return a list of things as one says it; a single one is itself, nothing is an empty text."""
    if len(items) < 2:
        return items[0] if items else ""
    return Text(f"list.{kind}", (("items", tuple(items)),))
