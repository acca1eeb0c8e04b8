"""A camera roll as story making sees it: assets with all that consent lets us know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion
from services.domain.facets import (
    Appearances,
    Content,
    Description,
    Face,
    Faces,
    Location,
    Original,
    Person,
    Vector,
)
from services.domain.holidays import Holiday
from services.domain.identity import AssetId, OccasionId, PersonId
from services.domain.media import Camera, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.records import Record
from services.domain.retention import Released
from services.domain.stories.story import Feedback, Story


class ClockState(Enum):
    """What planning thinks of the clock that gave a capture time."""

    BELIEVED = "believed"
    MENDED = "mended"
    """It was wrong; the capture time is what other pictures say."""
    LOST = "lost"
    """It was wrong, and nothing says when the picture was taken."""


@dataclass(frozen=True)
class LibraryAsset:
    """One described asset; what consent does not allow is simply absent."""

    id: AssetId
    kind: MediaKind
    capture_time: datetime
    """Time-zone aware, local offset."""
    capture_time_source: CaptureTimeSource
    filename: str = ""
    camera: Camera = Camera()
    width: int = 0
    height: int = 0
    duration: float = 0.0
    coordinates: Coordinates | None = None
    place: Place | None = None
    faces: tuple[Face, ...] = ()
    people: tuple[PersonId | None, ...] = ()
    """Who each face is; as long as `faces`, or empty before grouping."""
    tags: tuple[tuple[str, float], ...] = ()
    themes: tuple[tuple[str, float], ...] = ()
    embedding: Vector | None = None
    quality: float | None = None
    sensitive: float = 0.0
    perceptual_hash: int | None = None
    duplicate_of: AssetId | None = None
    burst: str = ""
    pair: AssetId | None = None
    screenshot: bool = False
    readable: bool = True
    clock: ClockState = ClockState.BELIEVED

    @property
    def day(self) -> date:
        """The local calendar day."""
        return self.capture_time.date()

    @staticmethod
    def from_record(record: Record) -> LibraryAsset | None:
        """Read a record of kind ASSET; None while it is not yet described."""
        original, description = record.get(Original), record.get(Description)
        if original is None or description is None:
            return None
        location, faces = record.get(Location), record.get(Faces)
        appearances, content = record.get(Appearances), record.get(Content)
        return LibraryAsset(
            id=AssetId(record.id),
            kind=original.kind,
            capture_time=description.capture_time,
            capture_time_source=description.capture_time_source,
            filename=original.filename,
            camera=description.camera,
            width=description.width,
            height=description.height,
            duration=description.duration,
            coordinates=location.coordinates if location else None,
            place=location.place if location else None,
            faces=faces.faces if faces else (),
            people=appearances.people if appearances else (),
            tags=tuple((t.label, t.score) for t in content.tags) if content else (),
            themes=tuple((t.label, t.score) for t in content.themes) if content else (),
            embedding=content.embedding if content else None,
            quality=content.quality if content else None,
            sensitive=content.sensitive if content else 0.0,
            perceptual_hash=description.perceptual_hash,
            duplicate_of=description.duplicate_of,
            burst=description.burst,
            pair=description.pair,
            screenshot=description.screenshot,
            readable=description.readable and record.get(Released) is None,
        )


@dataclass(frozen=True)
class Library:
    """Everything that planning may use: the input of `plan`, whole and immutable."""

    assets: tuple[LibraryAsset, ...]
    """In any order: planning sorts them itself."""
    people: Mapping[PersonId, Person] = field(default_factory=dict)
    scopes: frozenset[Scope] = frozenset(Scope)
    """What the owner allows now."""
    feedback: tuple[Feedback, ...] = ()
    """Empty without LEARNING."""
    declared: Mapping[OccasionId, DeclaredOccasion] = field(default_factory=dict)
    """Days that the owner wants to be reminded of."""
    told: tuple[Story, ...] = ()
    """What is stored of the plans before: what was told lately rests."""
    hidden_days: frozenset[date] = frozenset()
    country: str = ""
    """The owner's country for public holidays, ISO 3166-1 alpha-2; found from home where empty."""
    holidays: tuple[Holiday, ...] = ()
    """Of every country that may be the owner's, in every year of the library; planning takes what fits."""
