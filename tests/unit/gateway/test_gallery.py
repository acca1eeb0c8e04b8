"""The gallery: well-formed, self-contained, and safe with whatever people call their days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from services.domain.identity import AssetId, StoryId
from services.domain.media import Place
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia
from services.domain.stories.text import language
from services.gateway.gallery.gallery_words import WORDS, GalleryWords
from services.gateway.gallery.story_card import GalleryStory, card_of
from services.gateway.gallery.write_gallery import write_gallery

ENGLISH, GERMAN = GalleryWords(language("en")), GalleryWords(language("de"))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} & Söhne'
VOID = {"meta", "link", "img", "source", "br"}
StoryMaker = Callable[..., GalleryStory]


class Page(HTMLParser):
    """Reads a page and insists that every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def make_story(tmp_path: Path) -> StoryMaker:
    """Return a function that makes a rendered story."""
    made = 0

    def make(title: str = "Three days in Łódź", *, video: bool = False) -> GalleryStory:
        nonlocal made
        made += 1
        story = Story(
            id=StoryId(f"{made:026x}"),
            kind=StoryKind.TRIP,
            form=Form.VIDEO if video else Form.COLLAGE,
            title=title,
            subtitle="A trip",
            cover=AssetId("a"),
            media=(StoryMedia(AssetId("a")), StoryMedia(AssetId("b"))),
            score=0.9,
            evidence=("2 photos on 3–5 May in Łódź", f"because {title}"),
            start=datetime(2024, 5, 3, tzinfo=UTC),
            end=datetime(2024, 5, 5, tzinfo=UTC),
            due=date(2024, 5, 6),
            expires=None,
            rests_on=frozenset(),
            place=Place("Lisbon", "Portugal", "PT"),
        )
        picture = tmp_path / f"rendered-{made}.jpg"
        Image.new("RGB", (54, 96), "teal").save(picture)
        if not video:
            return GalleryStory(story, picture, "image/jpeg", (1080, 1920))
        recap = tmp_path / f"rendered-{made}.mp4"
        recap.write_bytes(b"a recap")
        return GalleryStory(story, recap, "video/mp4", (1080, 1920), picture)

    return make


def written(
    out: Path, *stories: GalleryStory, note: str = "", credits_file: Path | None = None, tag: str = "en"
) -> str:
    index = write_gallery(
        out, stories, generated_at=NOW, note=note, credits_file=credits_file, language=language(tag)
    )
    return index.read_text(encoding="utf-8")


def test_every_story_is_on_the_page_with_its_reasons(make_story: StoryMaker, tmp_path: Path) -> None:
    page = Page(
        written(tmp_path / "out", make_story("First"), make_story("Second", video=True), make_story())
    )
    for words in (
        "First",
        "Second",
        "Three days in Łódź",
        "2 photos on 3–5 May in Łódź",
        "3–5 May 2024",
        "Lisbon",
    ):
        assert words in page.text
    assert len(page.all("article")) == 3
    assert "2 collages and 1 recap video" in page.text


def test_the_page_speaks_the_language_of_the_stories(make_story: StoryMaker, tmp_path: Path) -> None:
    stories = make_story("Erster"), make_story("Zweiter", video=True), make_story("Dritter")
    page = Page(written(tmp_path / "out", *stories, note="Hinweis", tag="de"))
    assert page.all("html") == [{"lang": "de"}]
    for words in (
        "2 Collagen und 1 Video. Nur du siehst sie, bis du sie teilst.",
        "3.–5. Mai 2024",
        "Warum diese Geschichte",
        "Erstellt am 23. November 2026 von Storyroll.",
    ):
        assert words in page.text
    assert page.all("img")[0]["alt"] == "Collage aus 2 Bildern: Erster, A trip"
    english = set(WORDS.values()) - {"Video"}
    assert [words for words in english if words in page.text] == []


def test_what_the_page_refers_to_lies_beside_it(make_story: StoryMaker, tmp_path: Path) -> None:
    out, credits_file = tmp_path / "out", tmp_path / "CREDITS.md"
    credits_file.write_text("By somebody.")
    page = Page(
        written(
            out, make_story(), make_story(video=True), note="Dates are assigned.", credits_file=credits_file
        )
    )
    urls = [a[name] for _, a in page.elements for name in ("src", "href", "poster") if name in a]
    local = [url for url in urls if not url.startswith("#")]
    assert "credits.md" in local
    assert [url for url in local if not (out / url).is_file()] == []
    style = (out / "gallery.css").read_text()
    assert [url for url in re.findall(r'url\("([^"]+)"\)', style) if not (out / url).is_file()] == []


def test_nothing_is_asked_of_any_other_place(make_story: StoryMaker, tmp_path: Path) -> None:
    out = tmp_path / "out"
    written(out, make_story(), make_story(video=True), note="A note")
    for name in ("index.html", "gallery.css"):
        assert re.findall(r"(?:https?:)?//\w|@import|<script|<iframe", (out / name).read_text()) == []


def test_hostile_titles_stay_text(make_story: StoryMaker, tmp_path: Path) -> None:
    page = Page(written(tmp_path / "out", make_story(HOSTILE), make_story(HOSTILE, video=True), note=HOSTILE))
    assert page.all("script") == []
    assert len(page.all("img")) == 1
    assert [a for _, a in page.elements if any(name.startswith("on") for name in a)] == []
    assert page.text.count(HOSTILE) >= 5
    assert HOSTILE in page.all("img")[0]["alt"]


def test_pictures_and_videos_can_be_perceived_by_everyone(make_story: StoryMaker, tmp_path: Path) -> None:
    page = Page(written(tmp_path / "out", make_story("Sea"), make_story("Hills", video=True)))
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("img")[0]["alt"] == "Collage of 2 pictures: Sea, A trip"
    video = page.all("video")[0]
    assert video["aria-label"] == "Recap video of 2 pictures: Hills, A trip"
    assert video["preload"] == "none"
    assert {"controls", "poster", "width", "height", "playsinline"} <= video.keys()
    assert {"autoplay", "loop"} & video.keys() == set()
    assert (
        len(page.all("main"))
        == len(page.all("header"))
        == len(page.all("footer"))
        == len(page.all("h1"))
        == 1
    )
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for a in page.all("article")} <= set(ids)


def test_a_note_is_shown_before_the_stories(make_story: StoryMaker, tmp_path: Path) -> None:
    text = written(tmp_path / "out", make_story(), note="Dates and places were assigned.")
    assert text.index("Dates and places were assigned.") < text.index("<main")


def test_a_page_without_stories_says_so(tmp_path: Path) -> None:
    page = Page(written(tmp_path / "out"))
    assert "There are no Stories yet" in page.text
    assert page.all("article") == []


def test_a_gallery_can_be_written_again(make_story: StoryMaker, tmp_path: Path) -> None:
    out = tmp_path / "out"
    item = make_story()
    written(out, item)
    again = replace(item, media=out / f"media/{item.story.id}.jpg")
    assert item.story.title in written(out, again)


def test_what_the_title_says_is_not_said_twice(make_story: StoryMaker) -> None:
    item = make_story("Lisbon, 3–5 May 2024")
    card = card_of(item, "m.jpg", "", ENGLISH)
    assert (card.when, card.place) == ("", "")


@pytest.mark.parametrize("kind", list(StoryKind))
def test_every_kind_has_a_name(make_story: StoryMaker, kind: StoryKind) -> None:
    item = make_story()
    told = replace(item, story=replace(item.story, kind=kind))
    english, german = (card_of(told, "m.jpg", "", words).kind for words in (ENGLISH, GERMAN))
    assert english
    assert german != english
