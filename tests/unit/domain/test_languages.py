"""Stories are told in every language there is: all texts, filled in, with the same numbers."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from string import Formatter

import pytest

from services.adapters.sealed.facet_codec import decode, encode
from services.domain.stories import dates, wording
from services.domain.stories.kinds import RULES
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from services.domain.stories.text import LANGUAGES, SOURCE, Said, Text, language, preferred
from services.domain.stories.texts import PLURALS, TEXTS
from services.domain.stories.theme_texts import THEME_TEXTS
from tests.quality.occasions import LAST_YEAR, life, until
from tests.unit.domain.album import FIRST_SNOW, snowy

DAYS = (date(LAST_YEAR, 6, 1), date(LAST_YEAR, 6, 12), date(LAST_YEAR, 7, 5), date(LAST_YEAR, 12, 26))
TRANSLATIONS = [tag for tag in LANGUAGES if tag != SOURCE]
GERMAN = language("de")


@cache
def of_every_kind() -> dict[StoryKind, Story]:
    """Plan some days of a long life, and keep a story of each kind."""
    made = [story for day in DAYS for story in plan(until(life(seed=4), day), day).stories]
    made += plan(snowy().library(), FIRST_SNOW + timedelta(days=1)).stories
    return {story.kind: story for story in made}


def said(story: Story, tag: str) -> Sequence[str]:
    told = story.told_in(language(tag))
    return [str(words) for words in (told.title, told.subtitle, *told.evidence)]


def texts_in(said: Said) -> list[Text]:
    if isinstance(said, str):
        return []
    inner = [v for _, value in said.values for v in (value if isinstance(value, tuple) else (value,))]
    return [said, *(text for v in inner if isinstance(v, Text) for text in texts_in(v))]


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("kind", RULES)
def test_every_kind_is_told_in_every_language(kind: StoryKind, tag: str) -> None:
    words = said(of_every_kind()[kind], tag)
    assert all(words)
    assert not [word for word in words if re.search(r"[{}]|\b\w+\.\w+\.\w+\b", word)]


@pytest.mark.parametrize("tag", TRANSLATIONS)
@pytest.mark.parametrize("kind", RULES)
def test_numbers_are_the_same_in_every_language(kind: StoryKind, tag: str) -> None:
    def numbers(words: Sequence[str]) -> list[list[str]]:
        return [sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", text))) for text in words]

    story = of_every_kind()[kind]
    assert numbers(said(story, tag)) == numbers(said(story, SOURCE))


@pytest.mark.parametrize("tag", TRANSLATIONS)
def test_no_text_lacks_its_translation_or_its_values(tag: str) -> None:
    catalog = language(tag)._catalog
    for name, text in {**TEXTS, **THEME_TEXTS}.items():
        assert (name + "\x04" + text) in catalog._catalog, name  # type: ignore[attr-defined]
        assert _values(catalog.pgettext(name, text)) == _values(text), name
    for noun, (one, many) in PLURALS.items():
        for n in (0, 1, 2, 5):
            said_of_many = catalog.npgettext(f"count.{noun}", one, many, n)
            assert said_of_many not in (one, many) or noun == "videos"
            assert _values(said_of_many) == _values(many)


def _values(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_stories_use_texts_that_exist() -> None:
    used = {t.name for story in of_every_kind().values() for s in story.evidence for t in texts_in(s)}
    assert {"why.shown", "count.photos", "list.and"} <= used
    assert {name for name in used if not name.startswith(("count.", "list."))} <= {
        **TEXTS,
        **THEME_TEXTS,
    }.keys()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wording.join(["Ana", "Ben", "Cleo"]), "Ana, Ben und Cleo"),
        (dates.span(date(2024, 5, 3), date(2024, 5, 5)), "3.–5. Mai 2024"),
        (dates.span(date(2024, 4, 30), date(2024, 5, 2)), "30. April – 2. Mai 2024"),
        (dates.month(date(2024, 3, 1)), "März 2024"),
        (wording.media(1204, 1), "1.204 Fotos und 1 Video"),
        (wording.count("days", 1), "1 Tag"),
        (wording.kilometres(2138.0), "2.100 km"),
        (wording.theme_title("night_sky"), "Nachthimmel"),
        ("Lisbon", "Lisbon"),
    ],
)
def test_german(text: Said, words: str) -> None:
    assert GERMAN.say(text) == words


@pytest.mark.parametrize(
    ("asked", "tag"),
    [(["de-AT"], "de"), (["fr", "de_DE.UTF-8"], "de"), (["en-GB", "de"], "en"), (["fr"], "en"), ([], "en")],
)
def test_the_language_liked_best_is_taken(asked: list[str], tag: str) -> None:
    assert preferred(asked).tag == tag


def test_texts_are_stored_as_texts_and_stay_translatable() -> None:
    for story in of_every_kind().values():
        again = decode("story", encode(story))
        assert again == story
        assert isinstance(again, Story)
        assert said(again, "de") == said(story, "de")


def test_braces_in_a_name_are_nothing_but_a_name() -> None:
    assert GERMAN.say(wording.say("title.birthday", name="{age} {0}", age=7)) == "{age} {0} wird 7"


def test_a_holiday_has_its_own_name_in_each_language() -> None:
    told = wording.say("title.holiday", holiday=wording.named("Christmas Day", (("de", "Christtag"),)))
    assert (str(told), GERMAN.say(told)) == ("Christmas Day through the years", "Christtag im Lauf der Jahre")
    assert wording.named("Bank Holiday", ()) == "Bank Holiday"


@pytest.mark.parametrize("name", ["no.such.text", "count.nothing"])
def test_a_text_that_nobody_wrote_is_a_mistake(name: str) -> None:
    with pytest.raises(KeyError):
        wording.say(name)
    with pytest.raises(KeyError):
        language(SOURCE).say(Text(name, (("n", 1),)))
