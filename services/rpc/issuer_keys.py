"""The keys of a data folder's own issuer: one that signs, and those before it, believed for a while."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.adapters.sealed.secret_file import load_or_create, replace_secret
from services.domain.errors import FailedPrecondition
from services.rpc.tokens import USUAL_LIFETIME, BelievedKey, LocalIssuer

KEPT: Final = USUAL_LIFETIME
"""How long a key is believed that signs no more, unless somebody says otherwise."""


class IssuerKeys:
    """`issuer.key`, the seed that signs, and `issuer.retired`, public keys of earlier ones.

    A rotation retires the present key before it is replaced: killed in between, the key is in both places
    and still signs.
    """

    def __init__(self, folder: Path) -> None:
        self._seed = folder / "issuer.key"
        self._retired = folder / "issuer.retired"

    def issuer(self) -> LocalIssuer:
        """Return the issuer; its key is made on first use. Raises FailedPrecondition."""
        return LocalIssuer(load_or_create(self._seed, LocalIssuer.new_seed), self._earlier())

    def rotate(self, now: datetime, kept: timedelta = KEPT) -> LocalIssuer:
        """Sign with a new key from now on; return the issuer that does. No server may use the folder.

        Args:
            now: The time, aware.
            kept: How long tokens of the present key are believed yet, those that live longer included; none
                where the key may be in wrong hands: then no earlier key is believed either.
        """
        present = self.issuer().signs_with
        earlier = [key for key in self._earlier() if key.id != present.id] if kept else []
        retired = [BelievedKey(present.public, now + kept), *earlier] if kept else []
        lasting = [key for key in retired if key.until and key.until > now]
        replace_secret(self._retired, _encoded(lasting))
        replace_secret(self._seed, LocalIssuer.new_seed())
        return self.issuer()

    def _earlier(self) -> list[BelievedKey]:
        if not self._retired.exists():
            return []
        try:
            return [
                BelievedKey(
                    Ed25519PublicKey.from_public_bytes(bytes.fromhex(line["public_key"])),
                    datetime.fromisoformat(line["until"]).astimezone(UTC),
                )
                for line in json.loads(self._retired.read_bytes())
            ]
        except (ValueError, KeyError, TypeError):
            raise FailedPrecondition(
                f"{self._retired} cannot be read; delete it, and tokens of earlier keys are refused"
            ) from None


def _encoded(keys: list[BelievedKey]) -> bytes:
    lines = [
        {"public_key": key.public.public_bytes_raw().hex(), "until": key.until.isoformat()}
        for key in keys
        if key.until
    ]
    return json.dumps(lines, indent=2).encode()
