"""A library as planning sees it: columns in order of time, ready for whole-array arithmetic.

Story making reads a library only through its Roll, which has passed the gate of `columns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from services.domain.clocks import mend
from services.domain.columns import Bools, Columns, Dated, Floats, Ints, Lens
from services.domain.consent import Scope
from services.domain.facets import Face, Vector
from services.domain.identity import PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Place
from services.domain.scenes import SAME_SCENE
from services.domain.time_order import capture_seconds, time_order

__all__ = ["Bools", "Floats", "Ints", "Roll", "in_order"]

TIE_WEIGHT = 1e-3
"""What decides between equals counts less than any difference in quality that can be seen."""
FEW = 64
"""Of many pictures so many are looked at before all are, where one may decide."""
_DAY_OF_1970, _DAY_SECONDS = 719_163, 86_400
"""The ordinal of 1 January 1970; local days begin and end within a day of those of UTC."""
_BEFORE_ALL = 1 << 40
"""Seconds from before all calendars to 1970."""


@dataclass(frozen=True, eq=False)
class Roll(Columns):
    """The columns of a whole library, and what is asked of them."""

    lens: Lens

    @staticmethod
    def of(library: Library, seed: int = 0) -> Roll:
        """Set clocks right, sort a library and lay it out in columns, as far as its scopes allow."""
        return Roll.of_mended(mend(library), seed)

    @staticmethod
    def of_mended(library: Library, seed: int = 0) -> Roll:
        """Do the same with a library whose clocks were set right."""
        lens = Lens(library, seed)
        dated = in_order(library.assets)
        assets = dated.assets
        readable = frozenset(asset.id for asset in assets if asset.readable)
        columns = Columns.lay_out(dated, np.arange(len(assets)), lens, readable)
        return Roll(**vars(columns), lens=lens)

    def __len__(self) -> int:
        return len(self.assets)

    @property
    def library(self) -> Library:
        """What else planning may use, and the consent for it; the assets are those of the roll."""
        return self.lens.library

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The place of each code; no order of them means anything."""
        return tuple(self.lens.places)

    @cached_property
    def faced(self) -> Bools:
        """Has faces that consent lets us use."""
        return self.face_count > 0

    @cached_property
    def whole_seconds(self) -> Ints:
        """Capture time in whole seconds, positive for every time there is."""
        return self.seconds.astype(np.int64) + _BEFORE_ALL

    @cached_property
    def merit(self) -> Floats:
        """Quality, and the tie between equals."""
        return self.quality + TIE_WEIGHT * self.tie

    @cached_property
    def looks(self) -> Floats:
        """How well the main faces of each picture look, filled in as somebody asks; NaN where nobody did."""
        return np.full(len(self), np.nan)

    @cached_property
    def located(self) -> Bools:
        """Where coordinates are known."""
        return ~np.isnan(self.latitude)

    @cached_property
    def placed(self) -> Bools:
        """Where a named place is known."""
        return self.place_code >= 0

    @cached_property
    def person_members(self) -> Mapping[PersonId, Ints]:
        """The assets in which each person appears, ascending, hidden people left out."""
        return dict(self.seen.by_name(self.lens.people))

    @cached_property
    def theme_members(self) -> Mapping[str, Ints]:
        """The assets that are believed to show each theme, ascending."""
        return dict(self.shown.by_name(self.lens.themes))

    def with_places(self, place_code: Ints, tokens: Ints) -> Roll:
        """Return the roll with other places, and the tokens of rows that have such."""
        lent = replace(self, place_code=place_code, tokens=tokens)
        vars(lent).update((name, getattr(self, name)) for name in _WITHOUT_PLACES)
        return lent

    def take_over(self, earlier: Roll, head: int) -> None:
        """Keep what an earlier roll knew of names that are only in the rows before `head`, which it shares.

        The rows of such a name are the very same array.
        """
        known = vars(earlier)
        if "looks" in known:
            unasked = np.full(len(self) - head, np.nan)
            vars(self)["looks"] = np.concatenate([earlier.looks[:head], unasked])
        if "person_members" in known:
            vars(self)["person_members"] = self.seen.by_name_after(
                earlier.person_members, earlier.seen, head, self.lens.people
            )
        if "theme_members" in known:
            vars(self)["theme_members"] = self.shown.by_name_after(
                earlier.theme_members, earlier.shown, head, self.lens.themes
            )

    def rows_on(self, days: Ints) -> Ints:
        """Return the rows of some days (ordinals), ascending; found without looking at those of others."""
        if days.size == 0:
            return np.zeros(0, dtype=np.int64)
        wanted = np.unique(days)
        begin = (wanted - _DAY_OF_1970) * _DAY_SECONDS
        first = np.searchsorted(self.seconds, begin - _DAY_SECONDS)
        last = np.searchsorted(self.seconds, begin + 2 * _DAY_SECONDS)
        first[1:] = np.maximum(first[1:], last[:-1])
        sizes = np.maximum(last - first, 0)
        offsets = np.repeat(first - np.cumsum(sizes) + sizes, sizes)
        near = offsets + np.arange(offsets.size)
        return near[np.isin(self.days[near], wanted)]

    def days_of(self, members: Ints) -> Ints:
        """Return the days on which some assets were taken, each once, ascending."""
        if members.size == 0:
            return np.zeros(0, dtype=np.int64)
        days = self.days[members]
        first = int(days.min())
        taken = np.zeros(int(days.max()) - first + 1, dtype=np.bool_)
        taken[days - first] = True
        return np.flatnonzero(taken) + first

    def places_of(self, members: Ints) -> list[tuple[Place, int]]:
        """Return the named places of some assets and how many lie in each, that with most first."""
        codes = self.place_code[members]
        counts = np.bincount(codes[codes >= 0])
        found = np.flatnonzero(counts)
        counts = counts[found]
        places = [(self.places[code], n) for code, n in zip(found.tolist(), counts.tolist(), strict=True)]
        return sorted(places, key=lambda item: (-item[1], item[0].key, item[0].region, item[0].time_zone))

    def faces(self, i: int) -> tuple[Face, ...]:
        """Return the faces of an asset."""
        return self.assets[i].faces if self.face_count[i] else ()

    def people(self, i: int) -> tuple[PersonId, ...]:
        """Return the known people in an asset, each once, hidden ones left out."""
        if not self.face_count[i]:
            return ()
        found = dict.fromkeys(person for person in self.assets[i].people if person is not None)
        return tuple(p for p in found if p not in self.lens.hidden)

    def embedding(self, i: int) -> Vector | None:
        """Return the unit vector of what a picture shows."""
        return self.assets[i].embedding if self.rated[i] else None

    def same_scene(self, one: int, other: int) -> bool:
        """Tell whether two pictures show the same scene; False where consent does not let us look."""
        here, there = self.embedding(one), self.embedding(other)
        return here is not None and there is not None and bool(here @ there >= SAME_SCENE)

    def scopes_of(self, members: Ints) -> frozenset[Scope]:
        """Return the scopes whose data these assets carry: what a choice among them rests on."""
        held = (
            (Scope.LOCATION, self.located),
            (Scope.LOCATION, self.placed),
            (Scope.FACES, self.faced),
            (Scope.CONTENT, self.rated),
        )
        few = members[:FEW]
        return frozenset(scope for scope, flags in held if flags[few].any() or flags[members].any())


_WITHOUT_PLACES = ("faced", "whole_seconds", "merit", "looks", "located", "person_members", "theme_members")
"""What is derived from other columns than that of places."""


def in_order(assets: Iterable[LibraryAsset]) -> Dated:
    """Return assets in order of capture time, then id."""
    given = list(assets)
    seconds = capture_seconds(given)
    order = time_order(given, seconds)
    return Dated([given[i] for i in order.tolist()], seconds[order])
