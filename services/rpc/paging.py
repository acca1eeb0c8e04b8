"""Page tokens: opaque to callers, signed, and good for one method and one owner only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

from services.domain.errors import InvalidArgument
from services.domain.identity import OwnerId

Position = tuple[datetime | None, str]
"""The (time, id) of the last thing on the page before, as in `Query.after`."""

_TAG: Final = 16


class PageTokens:
    """Makes and reads page tokens under a secret that all replicas of a service share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, method: str, owner: OwnerId, position: Position) -> str:
        """Return the token that continues after this position."""
        time, id_ = position
        payload = f"{time.isoformat() if time else ''}|{id_}".encode()
        return base64.urlsafe_b64encode(self._tag(method, owner, payload) + payload).decode().rstrip("=")

    def read(self, method: str, owner: OwnerId, token: str) -> Position | None:
        """Return the position of a token, None for the empty one; raise InvalidArgument if forged."""
        if not token:
            return None
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _forged() from None
        tag, payload = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(method, owner, payload)):
            raise _forged()
        time, _, id_ = payload.decode().partition("|")
        return (datetime.fromisoformat(time) if time else None), id_

    def _tag(self, method: str, owner: OwnerId, payload: bytes) -> bytes:
        context = "\x1f".join((method, owner)).encode()
        return hmac.digest(self._secret, context + b"\x1e" + payload, hashlib.sha256)[:_TAG]


def page_size(asked: int, *, default: int, most: int) -> int:
    """Return how many things to put on a page; raise InvalidArgument for a negative number."""
    if asked < 0:
        raise InvalidArgument("page_size cannot be negative")
    return min(asked or default, most)


def _forged() -> InvalidArgument:
    return InvalidArgument("the page token is not one that this method gave out")
