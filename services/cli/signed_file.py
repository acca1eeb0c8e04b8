"""Signed statements that an owner keeps as files: receipts, and where the audit log ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from storyroll.consent.v1 import consent_pb2

from services.cli.failures import CommandError


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A statement, who signed it, and the signature; a JSON file with three hexadecimal or text fields."""

    statement: bytes
    """Canonical JSON, as it was signed."""
    public_key: bytes
    """Ed25519, 32 bytes."""
    signature: bytes

    @staticmethod
    def of_receipt(receipt: consent_pb2.Receipt) -> SignedFile:
        """Take the signed part of a receipt."""
        return SignedFile(receipt.statement, receipt.public_key, receipt.signature)

    @staticmethod
    def of_head(head: consent_pb2.AuditHead) -> SignedFile:
        """Take the signed part of where an audit log ends."""
        return SignedFile(head.statement, head.public_key, head.signature)

    @staticmethod
    def read(path: Path) -> SignedFile:
        """Read a file that `write` wrote; raise CommandError for any other."""
        try:
            fields = json.loads(path.read_bytes())
            return SignedFile(
                fields["statement"].encode(),
                bytes.fromhex(fields["public_key"]),
                bytes.fromhex(fields["signature"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CommandError(f"{path} is not a file that Storyroll signed") from None

    def write(self, path: Path) -> None:
        """Keep it."""
        fields = {
            "statement": self.statement.decode(),
            "public_key": self.public_key.hex(),
            "signature": self.signature.hex(),
        }
        path.write_text(json.dumps(fields, indent=2) + "\n")
