"""A Story as the gallery shows it: words for its kind and dates, and where its media is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.domain.stories import dates
from services.domain.stories.story import Story
from services.gateway.gallery.gallery_words import GalleryWords


@dataclass(frozen=True)
class GalleryStory:
    """A story with its rendered file."""

    story: Story
    media: Path
    """A JPEG or an MP4; copied beside the page."""
    media_type: str
    size: tuple[int, int]
    """Width and height in pixels, so that the page does not jump while it loads."""
    poster: Path | None = None
    """A JPEG that stands for a video until it is played."""


@dataclass(frozen=True)
class StoryCard:
    """What the page's template needs to know of one story."""

    anchor: str
    kind: str
    title: str
    subtitle: str
    when: str
    """The days, empty where title or subtitle say them already."""
    when_from: str
    """ISO 8601 date."""
    place: str
    """The city, empty likewise."""
    count: str
    evidence: tuple[str, ...]
    media: str
    """URL relative to the page."""
    poster: str
    is_video: bool
    width: int
    height: int
    alt: str


def card_of(item: GalleryStory, media: str, poster: str, words: GalleryWords) -> StoryCard:
    """Return the card of a story whose files have these URLs."""
    story, say = item.story, words.language.say
    title, subtitle = say(story.title), say(story.subtitle)
    is_video = item.media_type.startswith("video/")
    when = say(dates.span(story.start.date(), story.end.date()))
    place = story.place.city if story.place else ""
    count = words.count("pictures", len(story.media))
    whole = f"{title}, {subtitle}" if subtitle else title
    return StoryCard(
        anchor=f"story-{story.id}",
        kind=words(f"kind.{story.kind}"),
        title=title,
        subtitle=subtitle,
        when=when if when not in f"{title} {subtitle}" else "",
        when_from=story.start.date().isoformat(),
        place=place if place not in f"{title} {subtitle}" else "",
        count=count,
        evidence=tuple(map(say, story.evidence)),
        media=media,
        poster=poster,
        is_video=is_video,
        width=item.size[0],
        height=item.size[1],
        alt=words("alt.video" if is_video else "alt.collage", pictures=count, title=whole),
    )
