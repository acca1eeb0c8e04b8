"""A Story as the gallery shows it: words for its kind and dates, and where its media is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.domain.stories import dates
from services.domain.stories.story import Story, StoryKind

_LABELS: dict[StoryKind, str] = {
    StoryKind.EVENT: "Moments",
    StoryKind.WEEKEND: "Weekend",
    StoryKind.MONTH: "Month in review",
    StoryKind.YEAR: "Year in review",
    StoryKind.TRIP: "Trip",
    StoryKind.ON_THIS_DAY: "On this day",
    StoryKind.BIRTHDAY: "Birthday",
    StoryKind.ANNIVERSARY: "Anniversary",
    StoryKind.OCCASION: "Occasion",
    StoryKind.PERSON: "People",
    StoryKind.TOGETHER: "Together",
    StoryKind.THEN_AND_NOW: "Then and now",
    StoryKind.THEME: "Theme",
    StoryKind.SEASON: "Season in review",
    StoryKind.FIRST_SNOW: "First snow",
}


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


def card_of(item: GalleryStory, media: str, poster: str) -> StoryCard:
    """Return the card of a story whose files have these URLs."""
    story = item.story
    is_video = item.media_type.startswith("video/")
    said = f"{story.title} {story.subtitle}"
    when, place = (
        str(dates.span(story.start.date(), story.end.date())),
        story.place.city if story.place else "",
    )
    count = f"{len(story.media)} {'picture' if len(story.media) == 1 else 'pictures'}"
    form = "Recap video" if is_video else "Collage"
    return StoryCard(
        anchor=f"story-{story.id}",
        kind=_LABELS[story.kind],
        title=str(story.title),
        subtitle=str(story.subtitle),
        when=when if when not in said else "",
        when_from=story.start.date().isoformat(),
        place=place if place not in said else "",
        count=count,
        evidence=tuple(map(str, story.evidence)),
        media=media,
        poster=poster,
        is_video=is_video,
        width=item.size[0],
        height=item.size[1],
        alt=f"{form} of {count}: {story.title}" + (f", {story.subtitle}" if story.subtitle else ""),
    )
