"""Tokens of shared stories: they say whose and which to us alone, and nobody can make one up."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from typing import Final

from services.adapters.sealed.sealing import AesSealingKey, context
from services.domain.errors import NotFound, SealBroken
from services.domain.identity import OwnerId, StoryId

_PURPOSE: Final = b"storyroll share link"
_LONGEST: Final = 1024


class ShareLinks:
    """Makes and reads tokens, sealed under a secret that all replicas of a service share.

    Sealing hides the owner from whoever is shown the token; the story's own secret inside makes that each
    sharing has a token of its own, which stops working when that sharing ends.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = AesSealingKey(hmac.digest(secret, _PURPOSE, "sha256"))

    def issue(self, owner: OwnerId, story: StoryId, secret: str) -> str:
        """Return the token of one sharing of a story."""
        sealed = self._key.seal(json.dumps([owner, story, secret]).encode(), context(_PURPOSE))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str) -> tuple[OwnerId, StoryId, str]:
        """Return owner, story and the sharing's secret; raise NotFound for a token that is not ours."""
        try:
            if len(token) > _LONGEST:
                raise not_shared()
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            owner, story, secret = json.loads(self._key.open(sealed, context(_PURPOSE)))
        except (binascii.Error, ValueError, SealBroken):
            raise not_shared() from None
        return OwnerId(owner), StoryId(story), secret


def not_shared() -> NotFound:
    """Return the one answer to every token that shows nothing."""
    return NotFound("no story is shared by this token")
