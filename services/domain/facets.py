"""What is known of a thing, cut along the lines of consent.

A record in the Catalog is a few plain columns and a set of facets. Each facet is sealed under the keys
of the scopes that allowed it; taking a scope back destroys exactly the facets that rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from services.domain.consent import Scope
from services.domain.identity import AssetId, PersonId
from services.domain.media import Box, Camera, CaptureTimeSource, Coordinates, MediaKind, Place

Vector = NDArray[np.float32]
Label = tuple[str, str]
"""What a record can be found by, besides time and state: (name, value), as in ("place", "PT/Lisbon")."""


class Facet:
    """Base of everything that is sealed; subclasses are frozen dataclasses."""

    NAME: ClassVar[str]
    SCOPE: ClassVar[Scope] = Scope.CLOUD_PROCESSING

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes whose keys seal this facet; losing any one of them makes it noise."""
        return frozenset({self.SCOPE})

    def labels(self) -> Iterable[Label]:
        """The labels that this facet gives its record."""
        return ()


@dataclass(frozen=True)
class Original(Facet):
    """The file as its owner uploaded it."""

    NAME: ClassVar[str] = "original"

    filename: str
    path: str
    """The path relative to the synced folder, with forward slashes; the file name when unknown."""
    media_type: str
    kind: MediaKind
    size: int
    """Bytes."""
    sha256: bytes
    """Of the file as it was sent, 32 bytes."""
    blob_key: str
    uploaded_at: datetime
    hint: datetime | None = None
    """What the client says of the capture time (usually the file's modification time)."""


@dataclass(frozen=True)
class Description(Facet):
    """What the file says of itself."""

    NAME: ClassVar[str] = "description"

    capture_time: datetime
    capture_time_source: CaptureTimeSource
    orientation: int = 1
    """EXIF orientation, 1…8."""
    width: int = 0
    """Pixels, upright."""
    height: int = 0
    duration: float = 0.0
    """Seconds; 0 for a photo."""
    camera: Camera = Camera()
    perceptual_hash: int | None = None
    """64-bit DCT hash of the upright picture."""
    screenshot: bool = False
    motion_photo: bool = False
    content_id: str = ""
    """The identifier that the two halves of a Live Photo share."""
    pair: AssetId | None = None
    """The other half of a Live Photo."""
    duplicate_of: AssetId | None = None
    """The better picture of the same moment, when this one is its near-duplicate."""
    burst: str = ""
    readable: bool = True
    reason: str = ""
    """Why the file is unreadable, in plain words."""
    rests_on: frozenset[Scope] = frozenset()
    """LOCATION where the local time is that of the place: the offset tells roughly where it was."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """CLOUD_PROCESSING, and what else it rests on."""
        return self.rests_on | {Scope.CLOUD_PROCESSING}

    def labels(self) -> Iterable[Label]:
        """Found by its Live Photo identifier, and by the assets that it refers to."""
        if self.content_id:
            yield "content_id", self.content_id
        for other in sorted({other for other in (self.pair, self.duplicate_of) if other}):
            yield "refers_to", other


@dataclass(frozen=True)
class Location(Facet):
    """Where it was taken."""

    NAME: ClassVar[str] = "location"
    SCOPE: ClassVar[Scope] = Scope.LOCATION

    coordinates: Coordinates
    place: Place | None = None

    def labels(self) -> Iterable[Label]:
        """Found by city and by country."""
        if self.place:
            yield "place", self.place.key
            yield "place", self.place.country_code


@dataclass(frozen=True)
class LocationTags(Facet):
    """The bytes of an original that tell where it was taken, cut out of the stored file.

    Originals are stored with their GPS tags blanked, so that taking LOCATION back destroys the coordinates
    inside the files too. With these patches an original reads as it was sent.
    """

    NAME: ClassVar[str] = "location_tags"
    SCOPE: ClassVar[Scope] = Scope.LOCATION

    patches: tuple[tuple[int, bytes], ...]
    """(offset, bytes as sent), by offset, not overlapping."""


@dataclass(frozen=True)
class Face:
    """One face in a picture."""

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...]
    """Eyes, nose, mouth corners: five (x, y) in fractions of the upright picture."""
    embedding: Vector
    """float32[128], unit length."""
    quality: float = 0.0
    """0…1: size, sharpness and pose; low ones never found a person."""
    smile: float = 0.0
    """Probability, 0…1."""
    eyes_open: float | None = None
    """Gap of the lids over the width of an eye, 0…1: people differ so much that only pictures of one person
    can be compared. None where nobody looked, or the face is too small."""


@dataclass(frozen=True)
class Faces(Facet):
    """The faces of a picture, in detection order: a face is (asset, index)."""

    NAME: ClassVar[str] = "faces"
    SCOPE: ClassVar[Scope] = Scope.FACES

    faces: tuple[Face, ...]


@dataclass(frozen=True)
class Appearances(Facet):
    """Who the faces of a picture are: one person for each face, None where nobody is known."""

    NAME: ClassVar[str] = "appearances"
    SCOPE: ClassVar[Scope] = Scope.FACES

    people: tuple[PersonId | None, ...]

    def labels(self) -> Iterable[Label]:
        """Found by each person."""
        return (("person", person) for person in sorted({p for p in self.people if p}))


@dataclass(frozen=True, slots=True)
class Tag:
    """A word for what a picture shows, with a score of 0…1."""

    label: str
    score: float


@dataclass(frozen=True)
class Content(Facet):
    """What a picture shows and how good it is."""

    NAME: ClassVar[str] = "content"
    SCOPE: ClassVar[Scope] = Scope.CONTENT

    tags: tuple[Tag, ...]
    """ImageNet classes and COCO objects, best first."""
    themes: tuple[Tag, ...]
    """Themes of themes.toml, best first."""
    embedding: Vector
    """float32[1280], unit length."""
    quality: float
    """0…1."""
    sensitive: float
    """Probability, 0…1."""

    def labels(self) -> Iterable[Label]:
        """Found by each theme."""
        return (("theme", theme.label) for theme in self.themes)


@dataclass(frozen=True)
class Person(Facet):
    """Somebody who appears in pictures."""

    NAME: ClassVar[str] = "person"
    SCOPE: ClassVar[Scope] = Scope.FACES

    name: str = ""
    birthday: date | None = None
    hidden: bool = False
    centroids: tuple[Vector, ...] = ()
    """Unit vectors that stand for the person's faces (several as a child grows up)."""
    face_count: int = 0
    cover: tuple[AssetId, int] | None = None
    """The best face: (asset, index)."""
    last_seen: datetime | None = None
    merged: tuple[PersonId, ...] = ()
    """People whom the owner merged into this one."""
    denied: tuple[tuple[AssetId, int], ...] = ()
    """Faces, (asset, index), of which the owner said that they are not this person; ascending."""
