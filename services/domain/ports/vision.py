"""What looks at pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.domain.consent import Scope
from services.domain.facets import Content, Faces
from services.domain.identity import OwnerId
from services.domain.media import MediaKind


@dataclass(frozen=True)
class Sight:
    """What Vision saw: None for what it was not asked to look for."""

    width: int
    height: int
    faces: Faces | None
    content: Content | None


@dataclass(frozen=True, slots=True)
class VisionModel:
    """A model in use: what it does, whence its weights, under which licence."""

    name: str
    purpose: str
    licence: str
    source: str
    sha256: str


class Vision(Protocol):
    """Looks at pictures."""

    def models(self) -> Sequence[VisionModel]:
        """Return the models in use, by name."""
        ...

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        """Analyse a photo or video (a file or its bytes) as far as the scopes allow (FACES, CONTENT).

        What kind of picture it is, is read from the bytes. Owners take turns.

        Raises UnreadableMedia with the reason, or Unavailable when the model server is away.
        """
        ...
