"""Bearer tokens: JSON Web Tokens whose subject is the owner; this machine signs its own with Ed25519."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.domain.errors import Unauthenticated
from services.domain.identity import OwnerId

AUDIENCE: Final = "storyroll"
LOCAL_ISSUER: Final = "storyroll-local"
ALGORITHM: Final = "EdDSA"
USUAL_LIFETIME: Final = timedelta(hours=12)
"""Of a token that this machine's own issuer signs."""
CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far the clocks of issuer and server may disagree."""
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub"]
_OWNER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.+-]{0,127}")
"""Owners begin the names of stored objects: nothing that a path could trip over."""


class Verifier(Protocol):
    """Tells whose a token is."""

    async def owner(self, token: str) -> OwnerId:
        """Return the subject of a valid token; raise Unauthenticated, or Unavailable where keys are away."""
        ...


@dataclass(frozen=True, slots=True)
class Expected:
    """What every token of an issuer must say."""

    issuer: str
    audience: str = AUDIENCE
    clock_skew: timedelta = CLOCK_SKEW

    def owner(self, token: str, key: Any, algorithm: str) -> OwnerId:
        """Return the subject of a token that this key signed; raise Unauthenticated.

        The algorithm is the key's, never the token's to choose: `none` and every other one is refused.
        """
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=self.clock_skew,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("the token has expired; ask for a new one") from None
        except jwt.PyJWTError:
            raise not_valid() from None
        return checked_owner(str(claims["sub"]))


@dataclass(frozen=True, slots=True)
class BelievedKey:
    """An Ed25519 public key whose tokens are believed."""

    public: Ed25519PublicKey
    until: datetime | None = None
    """When it is believed no longer; None for the key that signs."""

    @property
    def id(self) -> str:
        """What tokens name it by: a digest of the key itself."""
        return hashlib.sha256(self.public.public_bytes_raw()).hexdigest()[:16]


class KeyVerifier:
    """Trusts the tokens of one issuer, known by its public keys, that which signs first."""

    def __init__(self, keys: Sequence[BelievedKey], expected: Expected) -> None:
        self._keys = tuple(keys)
        self._expected = expected

    async def owner(self, token: str) -> OwnerId:
        """Return the subject of a valid token; raise Unauthenticated."""
        return self._expected.owner(token, self._key(token).public, ALGORITHM)

    def _key(self, token: str) -> BelievedKey:
        """Return the key that the token names; a token that names none was signed by the present one."""
        try:
            named = jwt.get_unverified_header(token).get("kid", self._keys[0].id)
        except jwt.PyJWTError:
            raise not_valid() from None
        now = datetime.now(UTC)
        for key in self._keys:
            if key.id == named and (key.until is None or now < key.until):
                return key
        raise not_valid()


class IssuerVerifiers:
    """Trusts the tokens of several issuers, each verified its own way."""

    def __init__(self, verifiers: Mapping[str, Verifier]) -> None:
        self._verifiers = verifiers

    async def owner(self, token: str) -> OwnerId:
        """Return the subject of a token that the issuer which it names vouches for; raise Unauthenticated."""
        try:
            named = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError:
            raise not_valid() from None
        verifier = self._verifiers.get(named) if isinstance(named, str) else None
        if verifier is None:
            raise not_valid()
        return await verifier.owner(token)


class LocalIssuer:
    """Issues tokens on this machine, with a private key that only its user can read."""

    def __init__(self, seed: bytes, earlier: Sequence[BelievedKey] = ()) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._earlier = tuple(earlier)

    @property
    def signs_with(self) -> BelievedKey:
        """The public half of the key that signs."""
        return BelievedKey(self._key.public_key())

    @staticmethod
    def new_seed() -> bytes:
        """Return a fresh private key: 32 bytes, to be kept secret."""
        return secrets.token_bytes(32)

    def mint(self, owner: str, lifetime: timedelta = USUAL_LIFETIME) -> str:
        """Return a token for this owner."""
        now = datetime.now(UTC)
        claims = {
            "sub": checked_owner(owner),
            "iss": LOCAL_ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self.signs_with.id})

    def verifier(self) -> KeyVerifier:
        """Return the verifier that trusts this issuer."""
        return KeyVerifier((self.signs_with, *self._earlier), Expected(LOCAL_ISSUER))


def not_valid() -> Unauthenticated:
    """Return the one answer to every token that nobody vouches for: it does not help to guess."""
    return Unauthenticated("the token is not valid")


def checked_owner(name: str) -> OwnerId:
    """Return the name as an owner's; raise Unauthenticated where it cannot be one."""
    if not _OWNER_ID.fullmatch(name):
        raise Unauthenticated("an owner is named by 1 to 128 letters, digits and _ @ . + -")
    return OwnerId(name)
