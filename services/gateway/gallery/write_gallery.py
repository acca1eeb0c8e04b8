"""Writes the gallery: a folder to open in a browser, from the file system as well as from a server."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.domain.stories import dates, wording
from services.domain.stories.text import Language
from services.gateway.gallery.gallery_words import GalleryWords
from services.gateway.gallery.story_card import GalleryStory, StoryCard, card_of
from services.rendering.typography import Typeface

_SUFFIXES = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}


def write_gallery(
    out: Path,
    stories: Sequence[GalleryStory],
    *,
    generated_at: datetime,
    note: str = "",
    credits_file: Path | None = None,
    language: Language,
) -> Path:
    """Write the page, its style, fonts and media into a folder; return the path of its index.html.

    Everything that a story says is escaped. The page makes no request beyond its own folder.

    Args:
        out: the folder, made where it is missing; files of a gallery that is there are replaced.
        stories: in the order in which they are shown, the first one largest.
        generated_at: when the stories were proposed.
        note: a sentence shown prominently, such as what the pictures are.
        credits_file: a document about the origin of the pictures, copied and linked from the page.
        language: that of the stories.

    Raises:
        OSError: a file cannot be read or written.
    """
    for folder in ("media", "fonts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    _copy_style(out)
    words = GalleryWords(language)
    cards = [_copy_media(out, item, words) for item in stories]
    page = _template().render(
        words=words,
        cards=cards,
        summary=_summary(cards, words),
        note=note,
        credits_url=_copy_credits(out, credits_file),
        generated_at=generated_at,
        made=words("made", day=language.say(dates.day(generated_at.date()))),
    )
    index = out / "index.html"
    index.write_text(page, encoding="utf-8")
    return index


def _template() -> Template:
    loader = PackageLoader("services.gateway.gallery", package_path="")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("gallery.html")


def _copy_style(out: Path) -> None:
    style = files("services.gateway.gallery") / "gallery.css"
    (out / "gallery.css").write_bytes(style.read_bytes())
    for face in Typeface:
        shutil.copyfile(face.path, out / "fonts" / face.path.name)
        # The Open Font License asks to travel with the fonts.
        licence = face.path.with_name("LICENSE.txt")
        shutil.copyfile(licence, out / "fonts" / f"{face.path.stem}-LICENSE.txt")


def _copy_media(out: Path, item: GalleryStory, words: GalleryWords) -> StoryCard:
    """Copy a story's files under names that say nothing of their owner's disk."""
    media = f"media/{item.story.id}{_SUFFIXES[item.media_type]}"
    _copy(item.media, out / media)
    poster = ""
    if item.poster:
        poster = f"media/{item.story.id}-poster.jpg"
        _copy(item.poster, out / poster)
    return card_of(item, media, poster, words)


def _copy_credits(out: Path, credits_file: Path | None) -> str:
    """Copy the document about the pictures' origin; return its URL, empty where there is none."""
    if credits_file is None:
        return ""
    name = f"credits{credits_file.suffix}"
    _copy(credits_file, out / name)
    return name


def _copy(source: Path, target: Path) -> None:
    if source.resolve() != target.resolve():
        shutil.copyfile(source, target)


def _summary(cards: Sequence[StoryCard], words: GalleryWords) -> str:
    """Return how many stories of which form there are, in words."""
    videos = sum(card.is_video for card in cards)
    parts = [("collages", len(cards) - videos), ("videos", videos)]
    return words.language.say(wording.join([words.count(noun, n) for noun, n in parts if n]))
