"""Bearer tokens: JSON Web Tokens signed with Ed25519, whose subject is the owner."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.domain.errors import Unauthenticated
from services.domain.identity import OwnerId

AUDIENCE: Final = "storyroll"
LOCAL_ISSUER: Final = "storyroll-local"
ALGORITHM: Final = "EdDSA"
CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far the clocks of issuer and server may disagree."""
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub"]
_OWNER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.+-]{0,127}")
"""Owners begin the names of stored objects: nothing that a path could trip over."""


class Verifier(Protocol):
    """Tells whose a token is."""

    def owner(self, token: str) -> OwnerId:
        """Return the subject of a valid token; raise Unauthenticated."""
        ...


class KeyVerifier:
    """Trusts the tokens of one issuer, known by its Ed25519 public key."""

    def __init__(self, key: Ed25519PublicKey, *, issuer: str, audience: str = AUDIENCE) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience

    def owner(self, token: str) -> OwnerId:
        """Return the subject of a valid token; raise Unauthenticated.

        The algorithm is ours to choose, never the token's: `none` and every other one is refused.
        """
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=CLOCK_SKEW,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("the token has expired; ask for a new one") from None
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not valid") from None
        return checked_owner(str(claims["sub"]))


class LocalIssuer:
    """Issues tokens on this machine, with a private key that only its user can read."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @staticmethod
    def new_seed() -> bytes:
        """Return a fresh private key: 32 bytes, to be kept secret."""
        return secrets.token_bytes(32)

    def mint(self, owner: str, lifetime: timedelta = timedelta(hours=12)) -> str:
        """Return a token for this owner."""
        now = datetime.now(UTC)
        claims = {
            "sub": checked_owner(owner),
            "iss": LOCAL_ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def verifier(self) -> KeyVerifier:
        """Return the verifier that trusts this issuer."""
        return KeyVerifier(self._key.public_key(), issuer=LOCAL_ISSUER)


def checked_owner(name: str) -> OwnerId:
    """Return the name as an owner's; raise Unauthenticated where it cannot be one."""
    if not _OWNER_ID.fullmatch(name):
        raise Unauthenticated("an owner is named by 1 to 128 letters, digits and _ @ . + -")
    return OwnerId(name)
