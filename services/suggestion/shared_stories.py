"""A story as whoever holds its token sees it, as long as it is shared."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from services.domain.accounts import AuditAction, audit
from services.domain.errors import NotFound
from services.domain.identity import OwnerId, StoryId
from services.domain.ports import Catalog, Clock
from services.domain.records import Kind, StoryState
from services.domain.stories.story import Sharing, Story


@dataclass(frozen=True)
class SharedStory:
    """A story, and until when it is shared."""

    story: Story
    expires_at: datetime


class SharedStories:
    """Opens what owners share."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def view(self, owner: OwnerId, story_id: StoryId, secret: str) -> SharedStory:
        """Return a story that is shared by this secret, and tell its owner's audit log that it was seen.

        Raises NotFound, in the same words for a story that is not there, not shared, not any more or by
        another secret.
        """
        now = self._clock.now()
        shared = await self._find(owner, story_id, secret)
        if shared is None or shared.expires_at <= now:
            raise NotFound("no story is shared by this token")
        async with self._catalog.transaction(owner) as tx:
            await audit(tx, AuditAction.SHARED_STORY_VIEWED, now, subject=story_id)
        return shared

    async def _find(self, owner: OwnerId, story_id: StoryId, secret: str) -> SharedStory | None:
        for record in await self._catalog.get_many(owner, Kind.STORY, [story_id]):
            story, sharing = record.get(Story), record.get(Sharing)
            if not (story and sharing and record.state == StoryState.SHARED):
                continue
            if hmac.compare_digest(sharing.token.encode(), secret.encode()):
                return SharedStory(story, sharing.expires_at)
        return None
