"""Authenticated encryption of small things: AES-256-GCM, with keyed hashes beside it.

A sealed value is nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). Nonces are random, which holds for 2³²
values under one key (NIST SP 800-38D, 8.3): an owner's scope would need four billion records to get there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.domain.errors import SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = NONCE_BYTES + TAG_BYTES
"""Bytes by which sealing makes a value longer."""
DIGEST_BYTES = 16


class AesSealingKey:
    """A 256-bit key in use: fulfils `ports.SealingKey`."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)
        self._digest_key = _derive(key, b"storyroll digest")

    def seal(self, plaintext: bytes | memoryview, context: bytes) -> bytes:
        """Encrypt and authenticate; the context is authenticated but not stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Undo `seal`; raise SealBroken for another key, another context or changed bytes."""
        if len(sealed) < OVERHEAD:
            raise SealBroken("a sealed value is cut short")
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except InvalidTag as error:
            raise SealBroken("a sealed value does not open under this key") from error

    def digest(self, value: bytes) -> bytes:
        """Return HMAC-SHA-256 under a subkey, cut to 16 bytes."""
        return hmac.digest(self._digest_key, value, hashlib.sha256)[:DIGEST_BYTES]


def combine(keys: Sequence[bytes]) -> bytes:
    """Return the key of several scopes together: losing any one of `keys` loses it.

    Args:
        keys: 32 bytes each, in the order of the scopes' names. One key stands for itself.
    """
    return keys[0] if len(keys) == 1 else _derive(b"".join(keys), b"storyroll combined scopes")


def context(*parts: str | bytes) -> bytes:
    """Return what a seal is bound to, unambiguously: every part is preceded by its length."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in encoded])


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
