"""Keys that seal what consent allowed, and the signature under receipts."""

from __future__ import annotations

from typing import Protocol

from services.domain.consent import Scope
from services.domain.identity import OwnerId


class SealingKey(Protocol):
    """A key in use: seals, opens and makes keyed hashes; it never shows itself."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt and authenticate (AES-256-GCM, random nonce); context is authenticated too."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Undo `seal`; raise SealBroken."""
        ...

    def digest(self, value: bytes) -> bytes:
        """Return a keyed hash (HMAC-SHA-256, 16 bytes): equal for equal values under this key only."""
        ...


class KeyRing(Protocol):
    """Every owner's data keys, one for the account and one for each scope, envelope-encrypted."""

    async def create(self, owner: OwnerId, scope: Scope | None) -> None:
        """Make the key of a scope (None: of the account) unless it exists."""
        ...

    async def scopes(self, owner: OwnerId) -> frozenset[Scope]:
        """Return the scopes whose keys exist."""
        ...

    async def key(self, owner: OwnerId, scopes: frozenset[Scope]) -> SealingKey:
        """Return the key of all these scopes together (none: of the account).

        Raises ConsentRequired, naming the scope, where a scope's key does not exist.
        """
        ...

    async def refresh(self, owner: OwnerId) -> None:
        """Know the owner's keys as they are now, whichever process made or destroyed them."""
        ...

    async def destroy(self, owner: OwnerId, scopes: frozenset[Scope], *, account: bool) -> None:
        """Destroy keys for good, the account's too if asked; what they sealed is noise from here on."""
        ...


class Signer(Protocol):
    """Signs receipts."""

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 bytes."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes."""
        ...
