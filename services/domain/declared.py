"""Days that an owner declares: what comes round every year and need not be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

from services.domain.consent import Scope
from services.domain.facets import Facet
from services.domain.identity import PersonId


class OccasionKind(StrEnum):
    """What comes round every year."""

    ANNIVERSARY = "anniversary"
    """Two people became a couple."""
    WEDDING_DAY = "wedding_day"
    OTHER = "other"
    """What its title says."""


@dataclass(frozen=True)
class DeclaredOccasion(Facet):
    """A day of which its owner wants to be reminded in every year."""

    NAME: ClassVar[str] = "occasion"

    kind: OccasionKind
    day: date
    """On which it was for the first time."""
    people: tuple[PersonId, ...] = ()
    """Whose it is, ascending; empty for the day itself, whoever is in its pictures."""
    title: str = ""
    """What the owner calls it; empty to name it by years and people."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """CLOUD_PROCESSING, and FACES where it names people: without it nobody knows who they are."""
        return frozenset({Scope.CLOUD_PROCESSING, *([Scope.FACES] if self.people else [])})

    def renamed(self, ids: Mapping[PersonId, PersonId]) -> DeclaredOccasion:
        """Return it with other people in the place of some."""
        return replace(self, people=tuple(sorted({ids.get(person, person) for person in self.people})))
