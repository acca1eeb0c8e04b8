"""A library as columns: what planning may use, in order of time, ready for whole-array arithmetic.

Story making reads a library only through its Roll. It is the one gate of two rules: data whose scope is
not granted does not exist here, and what must never be shown (hidden people and days, sensitive and
unreadable pictures, screenshots) is marked once, for every kind of story.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.domain.clocks import UNDATED_SOURCES, mend
from services.domain.columns import Bools, Floats, Ints
from services.domain.consent import Scope
from services.domain.eligibility import eligible
from services.domain.facets import Face, Vector
from services.domain.identity import PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.media import CaptureTimeSource, Place

__all__ = ["UNRATED_QUALITY", "Bools", "Floats", "Ints", "Roll"]

UNRATED_QUALITY = 0.5
"""The quality of a picture that nobody rated: neither preferred nor passed over."""


@dataclass(frozen=True, eq=False)
class Roll:
    """The assets of a library in order of time, and one array a property; all arrays are [n]."""

    library: Library
    assets: tuple[LibraryAsset, ...]
    """Sorted by capture time, then id: the same for every order of the library."""
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
    moved: Bools
    """The clock was wrong; the capture time is what other pictures say."""
    eligible: Bools
    """May be shown in a story."""
    place_code: Ints
    """Position in `places`, −1 where no place is known or consented to."""
    places: tuple[Place, ...]
    faced: Bools
    """Has faces that consent lets us use."""
    rated: Bools
    """Has content analysis that consent lets us use."""
    quality: Floats
    """0…1."""
    tie: Floats
    """0…1, from the seed and the asset's id: decides between equals."""

    @staticmethod
    def of(library: Library, seed: int = 0) -> Roll:
        """Set its clocks right, sort a library and lay it out in columns, as far as its scopes allow."""
        mended = mend(library)
        library = mended.library
        times = np.array([asset.capture_time.timestamp() for asset in library.assets], dtype=np.float64)
        ids = np.array([asset.id for asset in library.assets], dtype=np.str_)
        assets = tuple(library.assets[i] for i in np.lexsort((ids, times)).tolist())
        latitude, longitude = _coordinates(assets, Scope.LOCATION in library.scopes)
        place_code, places = _places(assets, Scope.LOCATION in library.scopes)
        return Roll(
            library=library,
            assets=assets,
            seconds=np.sort(times),
            days=np.array([a.capture_time.toordinal() for a in assets], dtype=np.int64),
            hours=np.array([a.capture_time.hour for a in assets], dtype=np.int64),
            latitude=latitude,
            longitude=longitude,
            place_code=place_code,
            places=places,
            dated=_flags(a.capture_time_source not in UNDATED_SOURCES for a in assets),
            uploaded=_flags(a.capture_time_source is CaptureTimeSource.UPLOAD for a in assets),
            astray=_flags(a.id in mended.aside or _lost_clock(a) for a in assets),
            moved=_flags(a.id in mended.moved for a in assets),
            eligible=eligible(assets, library),
            faced=_allowed(library, Scope.FACES, (bool(a.faces) for a in assets)),
            rated=_allowed(library, Scope.CONTENT, (a.quality is not None for a in assets)),
            quality=_quality(assets, Scope.CONTENT in library.scopes),
            tie=_ties(assets, seed),
        )

    def __len__(self) -> int:
        return len(self.assets)

    @cached_property
    def located(self) -> Bools:
        """Where coordinates are known."""
        return ~np.isnan(self.latitude)

    @cached_property
    def person_members(self) -> Mapping[PersonId, Ints]:
        """The assets in which each person appears, hidden people left out."""
        members: dict[PersonId, list[int]] = defaultdict(list)
        for i in np.flatnonzero(self.faced).tolist():
            for person in self.people(i):
                members[person].append(i)
        return {person: np.array(found, dtype=np.int64) for person, found in members.items()}

    @cached_property
    def theme_members(self) -> Mapping[str, tuple[Ints, Floats]]:
        """The assets that show each theme, and how surely (0…1)."""
        members: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i in np.flatnonzero(self.rated).tolist():
            for theme, score in self.assets[i].themes:
                members[theme].append((i, score))
        return {
            theme: (np.array([i for i, _ in found], np.int64), np.array([s for _, s in found], np.float64))
            for theme, found in members.items()
        }

    def places_of(self, members: Ints) -> list[tuple[Place, int]]:
        """Return the named places of some assets and how many lie in each, that with most first."""
        codes = self.place_code[members]
        found, counts = np.unique(codes[codes >= 0], return_counts=True)
        places = [(self.places[code], n) for code, n in zip(found.tolist(), counts.tolist(), strict=True)]
        return sorted(places, key=lambda item: (-item[1], item[0].key))

    def faces(self, i: int) -> tuple[Face, ...]:
        """Return the faces of an asset."""
        return self.assets[i].faces if self.faced[i] else ()

    def people(self, i: int) -> tuple[PersonId, ...]:
        """Return the known people in an asset, each once, hidden ones left out."""
        if not self.faced[i]:
            return ()
        found = dict.fromkeys(person for person in self.assets[i].people if person is not None)
        return tuple(p for p in found if p not in self._hidden)

    def embedding(self, i: int) -> Vector | None:
        """Return the unit vector of what a picture shows."""
        return self.assets[i].embedding if self.rated[i] else None

    def scopes_of(self, members: Ints) -> frozenset[Scope]:
        """Return the scopes whose data these assets carry: what a choice among them rests on."""
        placed = self.located | (self.place_code >= 0)
        held = ((Scope.LOCATION, placed), (Scope.FACES, self.faced), (Scope.CONTENT, self.rated))
        return frozenset(scope for scope, flags in held if flags[members].any())

    @cached_property
    def _hidden(self) -> frozenset[PersonId]:
        return frozenset(id_ for id_, person in self.library.people.items() if person.hidden)


def _lost_clock(asset: LibraryAsset) -> bool:
    """Tell whether a camera took it, and nothing that its clock said could be believed."""
    return bool(asset.camera.model) and asset.capture_time_source is CaptureTimeSource.UPLOAD


def _flags(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, dtype=np.bool_)


def _allowed(library: Library, scope: Scope, values: Iterable[bool]) -> Bools:
    if scope in library.scopes:
        return _flags(values)
    return np.zeros(len(library.assets), dtype=np.bool_)


def _coordinates(assets: tuple[LibraryAsset, ...], allowed: bool) -> tuple[Floats, Floats]:
    if not allowed:
        return np.full(len(assets), np.nan), np.full(len(assets), np.nan)
    points = [asset.coordinates for asset in assets]
    latitude = np.array([p.latitude if p else np.nan for p in points], dtype=np.float64)
    longitude = np.array([p.longitude if p else np.nan for p in points], dtype=np.float64)
    return latitude, longitude


def _places(assets: tuple[LibraryAsset, ...], allowed: bool) -> tuple[Ints, tuple[Place, ...]]:
    codes: dict[Place, int] = {}
    if not allowed:
        return np.full(len(assets), -1, dtype=np.int64), ()
    found = [-1 if a.place is None else codes.setdefault(a.place, len(codes)) for a in assets]
    return np.array(found, dtype=np.int64), tuple(codes)


def _quality(assets: tuple[LibraryAsset, ...], allowed: bool) -> Floats:
    if not allowed:
        return np.full(len(assets), UNRATED_QUALITY)
    rated = [UNRATED_QUALITY if a.quality is None else a.quality for a in assets]
    return np.clip(np.array(rated, dtype=np.float64), 0.0, 1.0)


def _ties(assets: tuple[LibraryAsset, ...], seed: int) -> Floats:
    start = seed & 0xFFFFFFFF
    checksums = [zlib.crc32(asset.id.encode(), start) for asset in assets]
    return np.array(checksums, dtype=np.float64) / 2**32
