"""A Story as it is proposed to its owner, and the events that stories are cut from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from services.domain.consent import Scope
from services.domain.facets import Facet, Label
from services.domain.identity import AssetId, EventId, PersonId, StoryId, stable_id
from services.domain.media import Box, Place
from services.domain.stories.text import Language, Said


class StoryKind(StrEnum):
    """What a story tells."""

    EVENT = "event"
    WEEKEND = "weekend"
    MONTH = "month"
    YEAR = "year"
    TRIP = "trip"
    ON_THIS_DAY = "on_this_day"
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    OCCASION = "occasion"
    """Graduations, weddings, holidays."""
    PERSON = "person"
    TOGETHER = "together"
    THEN_AND_NOW = "then_and_now"
    THEME = "theme"
    SEASON = "season"
    FIRST_SNOW = "first_snow"


def story_id(kind: StoryKind, key: str) -> StoryId:
    """Return the id of a story: the same for the same subject, whenever it is planned."""
    return StoryId(stable_id(kind.value, key))


class Form(StrEnum):
    """How a story is shown by default."""

    COLLAGE = "collage"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class StoryMedia:
    """One picture of a story, with the part that must stay in view."""

    asset_id: AssetId
    focus: Box | None = None
    """Encloses the faces (or the subject) that a crop must keep whole; None for the middle."""


@dataclass(frozen=True)
class Story(Facet):
    """A proposal: the right pictures under the right title at the right moment, and why."""

    NAME: ClassVar[str] = "story"

    id: StoryId
    kind: StoryKind
    form: Form
    title: Said
    subtitle: Said
    cover: AssetId
    media: tuple[StoryMedia, ...]
    """In the order in which they are shown."""
    score: float
    """0…1: how much we believe in it; orders the owner's list."""
    evidence: tuple[Said, ...]
    """Why it was proposed, in plain sentences whose numbers and dates are computed."""
    start: datetime
    end: datetime
    due: date
    """The day from which it is shown."""
    expires: date | None
    """The day on which it disappears unless saved; None for never."""
    rests_on: frozenset[Scope]
    """Every scope whose data went into it; losing one withdraws it."""
    people: tuple[PersonId, ...] = ()
    place: Place | None = None
    theme: str = ""
    """Of a story about a theme."""
    first_told: date | None = None
    """The day of the first plan that proposed it; None in one that an older version stored."""
    left_aside: tuple[AssetId, ...] = ()
    """Pictures that were not chosen because other stories had just shown them."""

    @cached_property
    def asset_ids(self) -> Sequence[AssetId]:
        """What it shows."""
        return tuple(item.asset_id for item in self.media)

    @property
    def scopes(self) -> frozenset[Scope]:
        """Sealed under all the scopes that it rests on."""
        return self.rests_on | {Scope.CLOUD_PROCESSING}

    def labels(self) -> Iterable[Label]:
        """Found by each asset that it shows, so that a deletion finds it."""
        return (("asset", item.asset_id) for item in self.media)

    def told_in(self, language: Language) -> Story:
        """Return the story with the words of a language in the place of its texts."""
        return replace(
            self,
            title=language.say(self.title),
            subtitle=language.say(self.subtitle),
            evidence=tuple(language.say(sentence) for sentence in self.evidence),
        )


@dataclass(frozen=True)
class AlbumEvent(Facet):
    """A stretch of the timeline that belongs together: an afternoon, a party, a day of a trip."""

    NAME: ClassVar[str] = "event"

    id: EventId
    start: datetime
    end: datetime
    asset_ids: tuple[AssetId, ...]
    """In order of capture time."""
    place: Place | None = None
    trip_id: str = ""
    rests_on: frozenset[Scope] = frozenset()

    @property
    def scopes(self) -> frozenset[Scope]:
        """Sealed under all the scopes that it rests on."""
        return self.rests_on | {Scope.CLOUD_PROCESSING}


@dataclass(frozen=True)
class Sharing(Facet):
    """That a story is shared, by which unguessable token, until when."""

    NAME: ClassVar[str] = "sharing"

    token: str
    shared_at: datetime
    expires_at: datetime


class Reaction(StrEnum):
    """What an owner did with a story."""

    SEEN = "seen"
    SAVED = "saved"
    SHARED = "shared"
    EDITED = "edited"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Feedback(Facet):
    """One reaction to one story, kept only where LEARNING is granted."""

    NAME: ClassVar[str] = "feedback"
    SCOPE: ClassVar[Scope] = Scope.LEARNING

    story_id: StoryId
    kind: StoryKind
    reaction: Reaction
    at: datetime
    people: tuple[PersonId, ...] = ()
    theme: str = ""

    @property
    def scopes(self) -> frozenset[Scope]:
        """LEARNING, and what knowing the people and the theme rests on."""
        known = {Scope.FACES: bool(self.people), Scope.CONTENT: bool(self.theme)}
        return frozenset({Scope.LEARNING, *(scope for scope, said in known.items() if said)})
