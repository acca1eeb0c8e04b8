"""Consent: what an owner allows, as scopes that are off until granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.errors import ConsentRequired


class Scope(StrEnum):
    """One thing that an owner can allow; nothing is allowed until it is granted."""

    CLOUD_PROCESSING = "cloud_processing"
    """Store originals and describe them (when taken, which camera, which size)."""
    LOCATION = "location"
    """Keep coordinates and use them for places and trips."""
    FACES = "faces"
    """Detect faces, embed them and group them into people."""
    CONTENT = "content"
    """Recognise objects and themes, rate quality, keep picture embeddings."""
    LEARNING = "learning"
    """Let feedback tune this owner's own ranking."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope that an owner granted, with the version of the terms they saw and the time."""

    scope: Scope
    terms_version: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """Everything one owner allows now."""

    grants: Mapping[Scope, Grant] = field(default_factory=dict)

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes granted now; empty without CLOUD_PROCESSING, on which all others rest."""
        if Scope.CLOUD_PROCESSING not in self.grants:
            return frozenset()
        return frozenset(self.grants)

    def allows(self, scope: Scope) -> bool:
        """Tell whether the scope is granted."""
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise ConsentRequired unless the scope is granted."""
        if not self.allows(scope):
            raise ConsentRequired(scope.value)
