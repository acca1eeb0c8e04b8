"""Signatures that outlive the data they speak of: Ed25519 (RFC 8032)."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.adapters.sealed.secret_file import load_or_create


class Ed25519Signer:
    """Fulfils `ports.Signer` with a 32-byte private key."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    @property
    def public_key(self) -> bytes:
        """The key that proves the signatures, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, statement: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(statement)


def file_signer(path: Path) -> Ed25519Signer:
    """Return the signer whose key is in this file, made on first use; raise FailedPrecondition."""
    return Ed25519Signer(load_or_create(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw()))


def verify(public_key: bytes, statement: bytes, signature: bytes) -> bool:
    """Tell whether the signature is that of the statement under this public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
