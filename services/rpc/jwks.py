"""Tokens of an issuer elsewhere, whose public keys stand in a JSON Web Key Set (RFC 7517) that changes."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import jwt

from services.domain.errors import Unavailable
from services.domain.identity import OwnerId
from services.rpc.tokens import Expected, not_valid

FRESH: Final = 600.0
"""Seconds after which the set is read again: a key that was withdrawn is believed no longer than this."""
PATIENCE: Final = 15.0
"""Seconds between readings for keys that we do not know: whoever makes up key ids must not make us ask."""
_STALE: Final = 3600.0
"""Seconds for which keys are believed while their source is away."""
_TIMEOUT: Final = 5.0
_LARGEST: Final = 1 << 20
_ASYMMETRIC: Final = frozenset({"RSA", "EC", "OKP"})
"""Key types that can verify without being able to sign."""

_log = logging.getLogger(__name__)


class JwksVerifier:
    """Trusts the tokens of one issuer, signed by any key of its set.

    Args:
        source: A file, or an https address.
        expected: What its tokens must say.
        now: Seconds that only grow.
    """

    def __init__(self, source: str, expected: Expected, now: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._expected = expected
        self._now = now
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._read_at = self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    async def owner(self, token: str) -> OwnerId:
        """Return the subject of a valid token; raise Unauthenticated, Unavailable."""
        try:
            named = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError:
            raise not_valid() from None
        key = await self._key(named) if isinstance(named, str) else None
        if key is None:
            raise not_valid()
        return self._expected.owner(token, key.key, key.algorithm_name)

    async def _key(self, named: str) -> jwt.PyJWK | None:
        async with self._turn:
            age, since = self._now() - self._read_at, self._now() - self._tried_at
            if since >= PATIENCE and (named not in self._keys or age >= FRESH):
                await self._refresh()
        if self._now() - self._read_at >= _STALE:
            raise Unavailable("the keys that tokens are verified with are away", retry_after=PATIENCE)
        return self._keys.get(named)

    async def _refresh(self) -> None:
        self._tried_at = self._now()
        try:
            self._keys = _parsed(await asyncio.to_thread(_read, self._source))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            _log.warning("the key set cannot be read: %s", type(error).__name__)
        else:
            self._read_at = self._now()


def _read(source: str) -> bytes:
    if "://" not in source:
        return Path(source).read_bytes()
    with urllib.request.urlopen(source, timeout=_TIMEOUT) as answer:  # noqa: S310 - settings allow https only
        if not answer.geturl().startswith(source.partition("://")[0] + "://"):
            raise ValueError("the key set was moved to an address without TLS")
        content: bytes = answer.read(_LARGEST)
    return content


def _parsed(content: bytes) -> dict[str, jwt.PyJWK]:
    """Return the keys by id, without those that are symmetric, of an unknown kind or not for signatures."""
    keys = {}
    for fields in json.loads(content)["keys"]:
        if fields.get("kty") in _ASYMMETRIC and fields.get("use", "sig") == "sig" and "kid" in fields:
            try:
                keys[str(fields["kid"])] = jwt.PyJWK(fields)
            except jwt.PyJWTError:
                continue
    return keys
