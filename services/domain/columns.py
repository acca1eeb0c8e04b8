"""The assets of a library as columns, a stretch at a time, as far as consent goes.

Columns are the one gate of two rules: data whose scope is not granted does not exist behind it, and what
must never be shown (hidden people and days, sensitive and unreadable pictures, screenshots) is marked once,
for every kind of story.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from services.domain.consent import Scope
from services.domain.eligibility import eligible
from services.domain.identity import AssetId, PersonId
from services.domain.library import ClockState, Library, LibraryAsset
from services.domain.media import CaptureTimeSource, MediaKind, Place
from services.domain.room import Prefix, Room
from services.domain.splice import Seam
from services.domain.tallies import Tally

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Rooms = MutableMapping[str, Room[np.generic]]
"""Room behind each column, by its name."""

UNDATED_SOURCES = frozenset({CaptureTimeSource.HINT, CaptureTimeSource.UPLOAD})
"""Times that say when a file was copied rather than when a picture was taken."""
SURE = 0.45
"""Theme score (0…1) from which a picture is believed to show it."""
BLOCK = 128
"""Assets that are laid out at a time: as many as stay in a processor's cache from one column to the next."""
UNRATED_QUALITY = 0.5
"""The quality of a picture that nobody rated: neither preferred nor passed over."""


@dataclass(eq=False)
class Lens:
    """How assets are looked at: by which library's consent and wishes, with which numbers for names.

    The numbers only grow, so that stretches that were laid out at different times fit together; nothing that
    planning decides may depend on which number a name has.
    """

    library: Library
    seed: int
    places: dict[Place, int] = field(default_factory=dict)
    people: dict[PersonId, int] = field(default_factory=dict)
    themes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hidden = frozenset(id_ for id_, person in self.library.people.items() if person.hidden)

    def sees(self, scope: Scope) -> bool:
        """Tell whether the owner allows this."""
        return scope in self.library.scopes


class Dated(NamedTuple):
    """Assets in order of time."""

    assets: Sequence[LibraryAsset]
    seconds: Floats
    """When each was taken, in seconds since 1970 UTC."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Assets in order of time, and one array a property; all arrays are [n]."""

    assets: Sequence[LibraryAsset]
    """Sorted by capture time, then id: the same for every order of the library."""
    tokens: Ints
    """A number for the content of each row, never given twice."""
    seconds: Floats
    """Capture time, seconds since 1970 UTC."""
    days: Ints
    """Proleptic ordinal of the local calendar day."""
    hours: Ints
    """Local hour, 0…23."""
    latitude: Floats
    """Degrees; NaN where unknown or not consented to."""
    longitude: Floats
    dated: Bools
    """The capture time is that of the picture, not of some copy of the file."""
    uploaded: Bools
    """Nothing but the upload says when it was taken."""
    astray: Bools
    """The clock was wrong, and nothing says when it was taken."""
    mended: Bools
    """The clock was wrong; the capture time is what other pictures say."""
    eligible: Bools
    """May be shown in a story."""
    video: Bools
    place_code: Ints
    """Position among the places, −1 where no place is known or consented to."""
    face_count: Ints
    """How many faces it has that consent lets us use."""
    rated: Bools
    """Has content analysis that consent lets us use."""
    quality: Floats
    """0…1."""
    tie: Floats
    """0…1, from the seed and the asset's id: decides between equals."""
    seen: Tally
    """Who is in which row, hidden people left out, each once."""
    shown: Tally
    """Which themes a row is believed to show."""

    @classmethod
    def lay_out(cls, dated: Dated, tokens: Ints, lens: Lens, readable: Container[AssetId]) -> Self:
        """Lay out assets that are in order.

        Args:
            dated: A stretch of the timeline.
            tokens: int64[n].
            lens: How to look at them.
            readable: The readable assets of the whole library, for which copies give way.
        """
        assets, seconds = dated
        parts = [slice(first, first + BLOCK) for first in range(0, max(len(assets), 1), BLOCK)]
        blocks = [cls._of_block(Dated(assets[at], seconds[at]), tokens[at], lens, readable) for at in parts]
        columns = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in _ARRAYS}
        seen, shown = (
            Tally.joined([b.seen for b in blocks], BLOCK),
            Tally.joined([b.shown for b in blocks], BLOCK),
        )
        return cls(assets=assets, seen=seen, shown=shown, **columns)

    @classmethod
    def _of_block(cls, dated: Dated, tokens: Ints, lens: Lens, readable: Container[AssetId]) -> Self:
        assets, seconds = dated
        times = [asset.capture_time for asset in assets]
        sources, clocks = [a.capture_time_source for a in assets], [a.clock for a in assets]
        latitude, longitude = _coordinates(assets, lens.sees(Scope.LOCATION))
        return cls(
            assets=assets,
            tokens=tokens,
            seconds=seconds,
            days=np.array([at.toordinal() for at in times], dtype=np.int64),
            hours=np.array([at.hour for at in times], dtype=np.int64),
            latitude=latitude,
            longitude=longitude,
            dated=_flags([source not in UNDATED_SOURCES for source in sources]),
            uploaded=_flags([source is CaptureTimeSource.UPLOAD for source in sources]),
            astray=_flags([a.clock is ClockState.LOST or _forgot(a) for a in assets]),
            mended=_flags([clock is ClockState.MENDED for clock in clocks]),
            eligible=eligible(assets, lens.library, readable),
            video=_flags([a.kind is MediaKind.VIDEO for a in assets]),
            place_code=_places(assets, lens),
            face_count=_faces(assets, lens.sees(Scope.FACES)),
            rated=_flags([a.quality is not None for a in assets]) & lens.sees(Scope.CONTENT),
            quality=_quality(assets, lens.sees(Scope.CONTENT)),
            tie=_ties(assets, lens.seed),
            seen=Tally.of(_people(assets, lens), lens.people),
            shown=Tally.of(_themes(assets, lens), lens.themes),
        )

    def spliced(self, seam: Seam, middle: Columns, rooms: Rooms) -> dict[str, object]:
        """Return every column with another stretch between the head and the tail that stay.

        What comes at the end is put into the room behind the columns.
        """
        n = len(self.assets)
        cut = n - seam.tail
        columns: dict[str, object] = {
            "assets": self._assets_spliced(seam.head, cut, middle.assets),
            "seen": self.seen.spliced(seam.head, cut, middle.seen, len(middle.assets)),
            "shown": self.shown.spliced(seam.head, cut, middle.shown, len(middle.assets)),
        }
        for name in _ARRAYS:
            old: NDArray[np.generic] = getattr(self, name)
            new: NDArray[np.generic] = getattr(middle, name)
            if seam.head == n:
                columns[name] = rooms[name].appended(old, new)
            else:
                columns[name] = np.concatenate([old[: seam.head], new, old[cut:]])
        return columns

    def _assets_spliced(self, head: int, cut: int, middle: Sequence[LibraryAsset]) -> Prefix[LibraryAsset]:
        if head == len(self.assets) and isinstance(self.assets, Prefix):
            return self.assets.and_then(middle)
        return Prefix([*self.assets[:head], *middle, *self.assets[cut:]])


_ARRAYS = tuple(name for name in Columns.__dataclass_fields__ if name not in {"assets", "seen", "shown"})


def _flags(values: Iterable[bool]) -> Bools:
    return np.array(values, dtype=np.bool_)


def _forgot(asset: LibraryAsset) -> bool:
    """Tell whether a camera took it, and nothing that its clock said could be believed."""
    return asset.capture_time_source is CaptureTimeSource.UPLOAD and bool(asset.camera.model)


def _coordinates(assets: Sequence[LibraryAsset], allowed: bool) -> tuple[Floats, Floats]:
    if not allowed:
        return np.full(len(assets), np.nan), np.full(len(assets), np.nan)
    points = [asset.coordinates for asset in assets]
    latitude = np.array([p.latitude if p else np.nan for p in points], dtype=np.float64)
    longitude = np.array([p.longitude if p else np.nan for p in points], dtype=np.float64)
    return latitude, longitude


def _places(assets: Sequence[LibraryAsset], lens: Lens) -> Ints:
    if not lens.sees(Scope.LOCATION):
        return np.full(len(assets), -1, dtype=np.int64)
    codes, known = lens.places, {id(None): -1}
    found = []
    for asset in assets:
        code = known.get(id(asset.place))
        if code is None and asset.place is not None:
            code = known[id(asset.place)] = codes.setdefault(asset.place, len(codes))
        found.append(code)
    return np.array(found, dtype=np.int64)


def _faces(assets: Sequence[LibraryAsset], allowed: bool) -> Ints:
    return np.array([len(a.faces) if allowed else 0 for a in assets], dtype=np.int64)


def _quality(assets: Sequence[LibraryAsset], allowed: bool) -> Floats:
    if not allowed:
        return np.full(len(assets), UNRATED_QUALITY)
    rated = [UNRATED_QUALITY if a.quality is None else a.quality for a in assets]
    return np.clip(np.array(rated, dtype=np.float64), 0.0, 1.0)


def _ties(assets: Sequence[LibraryAsset], seed: int) -> Floats:
    start = seed & 0xFFFFFFFF
    checksums = [zlib.crc32(asset.id.encode(), start) for asset in assets]
    return np.array(checksums, dtype=np.float64) / 2**32


def _people(assets: Sequence[LibraryAsset], lens: Lens) -> Iterator[tuple[int, PersonId]]:
    if not lens.sees(Scope.FACES):
        return
    hidden = lens.hidden
    for row, asset in enumerate(assets):
        if asset.faces and asset.people:
            for person in dict.fromkeys(asset.people):
                if person is not None and person not in hidden:
                    yield row, person


def _themes(assets: Sequence[LibraryAsset], lens: Lens) -> Iterator[tuple[int, str]]:
    if not lens.sees(Scope.CONTENT):
        return
    for row, asset in enumerate(assets):
        if asset.quality is not None:
            yield from ((row, theme) for theme, score in asset.themes if score >= SURE)
