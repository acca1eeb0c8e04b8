"""Compiles the translations: `translations/<language>.po` → the catalogs (.mo) that the package carries.

Each .po file follows the English texts of `services/domain/stories` and the words of the gallery: new ones
are added, without words yet, and those that are gone are taken out. With --check nothing is written: the exit
status tells whether a text lacks its translation, has other values than the English one, or differs from what
is committed.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from services.domain.stories.text import LANGUAGES, SOURCE
from services.domain.stories.texts import PLURALS, TEXTS
from services.domain.stories.theme_texts import THEME_TEXTS
from services.gateway.gallery.gallery_words import COUNTS, WORDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "services/domain/stories/locale"
WIDTH = 110


def main() -> None:
    """Write all catalogs, or check them."""
    check = sys.argv[1:] == ["--check"]
    wrong = [line for language in LANGUAGES if language != SOURCE for line in _compile(language, check)]
    sys.exit("\n".join(wrong) or None)


def _compile(language: str, check: bool) -> Iterator[str]:
    """Bring a language's files up to date; yield what is wrong with them."""
    source = ROOT / "translations" / f"{language}.po"
    with source.open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.update(_template(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    yield from (f"{source.name}: {problem}" for message in catalog for problem in _problems(message))
    compiled = PACKAGE / language / "LC_MESSAGES/storyroll.mo"
    for path, data in ((source, _po(catalog)), (compiled, _mo(catalog))):
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            yield f"{path.relative_to(ROOT)} is not up to date; run: make translations"


def _template() -> Catalog:
    """Return every English text, with its name as context."""
    catalog = Catalog()
    for name, text in (*TEXTS.items(), *THEME_TEXTS.items(), *WORDS.items()):
        catalog.add(text, context=name)
    for noun, forms in PLURALS.items():
        catalog.add(forms, context=f"count.{noun}")
    for name, forms in COUNTS.items():
        catalog.add(forms, context=name)
    return catalog


def _problems(message: Message) -> Iterator[str]:
    if not message.id:
        return
    english = message.id if isinstance(message.id, tuple) else (message.id,)
    words = message.string if isinstance(message.string, tuple) else (message.string,)
    if message.fuzzy or not all(words):
        yield f"{message.context} has no translation"
    elif any(_values(word) != _values(english[-1]) for word in words):
        yield f"{message.context} does not have the values of the English text"


def _values(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=WIDTH, omit_header=False, sort_output=False)
    return file.getvalue()


def _mo(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


if __name__ == "__main__":
    main()
