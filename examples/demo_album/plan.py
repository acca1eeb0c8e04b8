"""The plan of the demo album, as `album.toml` writes it down."""

from collections.abc import Iterator
from datetime import date, datetime
from importlib import resources
from typing import Annotated, Literal

import msgspec

from inference_core.models.registry import Kind

Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Taken = Annotated[datetime, msgspec.Meta(tz=True)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the plan; a misspelt key is an error."""


class Source(_Entry, frozen=True):
    """A package that photos come from, pinned; `licence` is what the package declares."""

    kind: Kind
    name: str
    version: str
    sha256: Sha256
    licence: str
    credit: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Item(_Entry, frozen=True):
    """One file of the album.

    Attributes:
        package: Key of its source.
        member: Path inside the package.
        sha256: Of the member.
        taken: The assigned local time, with its offset.
        at: The assigned latitude and longitude, degrees; a screenshot has none.
        credit: Who made it, where that is known better than the package says.
        kind: What it is.
        extra: A crop or another exposure of a photo that is there already.
        crop: Left, top, right, bottom in pixels of the original.
        exposure: What its brightness is multiplied by.
    """

    package: str
    member: str
    sha256: Sha256
    taken: Taken
    at: tuple[Latitude, Longitude] | None = None
    credit: str = ""
    kind: Literal["photo", "video", "screenshot"] = "photo"
    extra: bool = False
    crop: tuple[int, int, int, int] | None = None
    exposure: float = 1.0

    @property
    def file_name(self) -> str:
        """The name in the album, as phones write it, for example IMG_20240503_101500.jpg."""
        if self.kind == "screenshot":
            return f"Screenshot_{self.taken:%Y%m%d-%H%M%S}.png"
        if self.kind == "video":
            return f"VID_{self.taken:%Y%m%d_%H%M%S}.mp4"
        return f"IMG_{self.taken:%Y%m%d_%H%M%S}.jpg"


class Chapter(_Entry, frozen=True):
    """Items that belong together: days at home, a trip or a birthday."""

    id: str
    title: str
    kind: Literal["home", "trip", "birthday"]
    camera: str
    media: tuple[Item, ...]


class Home(_Entry, frozen=True):
    """Where the family of the album lives."""

    name: str
    latitude: Latitude
    longitude: Longitude


class FaceOf(_Entry, frozen=True):
    """Where the album's person is to be seen: a file and her box, left, top, right, bottom in pixels."""

    file: str
    box: tuple[int, int, int, int]


class Person(_Entry, frozen=True):
    """The person whose birthday the album keeps; the clearest face comes first."""

    name: str
    birthday: date
    faces: tuple[FaceOf, ...]


class Album(_Entry, frozen=True):
    """The whole plan; `today` is the day on which a demonstration looks back."""

    today: date
    home: Home
    person: Person
    packages: dict[str, Source]
    chapters: tuple[Chapter, ...]

    def entries(self) -> Iterator[tuple[Chapter, Item]]:
        """Yields every item with its chapter, in the order of the plan."""
        for chapter in self.chapters:
            for item in chapter.media:
                yield chapter, item

    def different_photos(self) -> list[Item]:
        """Returns the photos without the extras, the screenshots and the videos."""
        return [item for _, item in self.entries() if item.kind == "photo" and not item.extra]


def plan_bytes() -> bytes:
    """Returns the text of `album.toml`."""
    return resources.files(__package__).joinpath("album.toml").read_bytes()


def load_album() -> Album:
    """Reads the plan.

    Raises:
        msgspec.ValidationError: The plan is not well formed; the message names the place.
    """
    return msgspec.toml.decode(plan_bytes(), type=Album)
