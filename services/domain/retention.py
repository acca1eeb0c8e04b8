"""How long things are kept that consent allows to keep: originals, and faces of people nobody named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from services.domain.accounts import AccountFacet
from services.domain.errors import InvalidArgument
from services.domain.facets import Appearances, Faces, Facet
from services.domain.identity import PersonId

LONGEST_BYSTANDER_DAYS = 3650
_THIRTY_DAYS = timedelta(days=30)


class KeepOriginals(StrEnum):
    """How long originals stay once they have been looked at."""

    FOR_EVER = "for_ever"
    THIRTY_DAYS = "thirty_days"
    """After they were uploaded."""
    UNTIL_STORIES = "until_stories"
    """Until stories were planned with them; what a story shows stays as long as the story."""


@dataclass(frozen=True)
class Retention(AccountFacet):
    """What the owner chose."""

    NAME: ClassVar[str] = "retention"

    originals: KeepOriginals = KeepOriginals.FOR_EVER
    bystander_days: int = 180
    """Days after the last upload that shows somebody whom the owner did not name."""

    def check(self) -> None:
        """Raise InvalidArgument for a choice that cannot be meant."""
        if not 1 <= self.bystander_days <= LONGEST_BYSTANDER_DAYS:
            raise InvalidArgument(f"faces nobody named are kept for 1 to {LONGEST_BYSTANDER_DAYS} days")

    def releases(self, uploaded_at: datetime, now: datetime, *, planned: bool, shown: bool) -> bool:
        """Tell whether an original that was looked at may go.

        Args:
            uploaded_at: When it came.
            now: The present.
            planned: Whether the last plan knew of it.
            shown: Whether a story shows it that its owner sees or will see.
        """
        if self.originals is KeepOriginals.THIRTY_DAYS:
            return now - uploaded_at >= _THIRTY_DAYS
        return self.originals is KeepOriginals.UNTIL_STORIES and planned and not shown


@dataclass(frozen=True)
class Released(Facet):
    """That the original is gone, as its owner wished; what is known of it stays."""

    NAME: ClassVar[str] = "released"

    at: datetime


def without_bystanders(
    faces: Faces, appearances: Appearances | None, kept: Collection[PersonId]
) -> tuple[Faces, Appearances, tuple[int, ...]]:
    """Return the faces of these people, who they are, and where they were; everybody else's are left out."""
    people = appearances.people if appearances else ()
    known = zip(faces.faces, people, strict=False)
    left = [(i, face, person) for i, (face, person) in enumerate(known) if person in kept]
    return (
        Faces(tuple(face for _, face, _ in left)),
        Appearances(tuple(person for _, _, person in left)),
        tuple(i for i, _, _ in left),
    )
