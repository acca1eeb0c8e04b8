"""What owners make of their stories: keep, dismiss, share, take back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from services.domain.accounts import AuditAction, audit, put_if_allowed
from services.domain.errors import InvalidArgument
from services.domain.identity import OwnerId, StoryId, new_id
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Signals, Transaction
from services.domain.records import Kind, Record, StoryState
from services.domain.stories.story import Feedback, Reaction, Sharing, Story

LONGEST_SHARE = timedelta(days=90)
USUAL_SHARE = timedelta(days=7)


class ReactToStory:
    """Records feedback, shares a story and takes sharing back."""

    def __init__(self, catalog: Catalog, clock: Clock, signals: Signals) -> None:
        self._catalog = catalog
        self._clock = clock
        self._signals = signals

    async def feedback(self, owner: OwnerId, story_id: StoryId, reaction: Reaction) -> Record:
        """Record a reaction; it teaches ranking only where LEARNING is granted. Raises NotFound."""
        now = self._clock.now()
        async with self._catalog.transaction(owner) as tx:
            record = await tx.get(Kind.STORY, story_id)
            await _decide(tx, record, reaction)
            await _learn(tx, record.require(Story), reaction, now)
            await audit(tx, AuditAction.FEEDBACK_RECORDED, now, subject=story_id, detail=reaction.value)
            await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, story_id, now))
        self._signals.notify(f"stories:{owner}")
        return await self._catalog.get(owner, Kind.STORY, story_id)

    async def share(self, owner: OwnerId, story_id: StoryId, lifetime: timedelta = USUAL_SHARE) -> Sharing:
        """Make a story visible to whoever holds the token; raise NotFound, InvalidArgument."""
        if not timedelta(0) < lifetime <= LONGEST_SHARE:
            raise InvalidArgument(f"a story can be shared for at most {LONGEST_SHARE.days} days")
        now = self._clock.now()
        sharing = Sharing(secrets.token_urlsafe(24), now, now + lifetime)
        async with self._catalog.transaction(owner) as tx:
            await tx.get(Kind.STORY, story_id)
            await tx.put(Kind.STORY, story_id, sharing, state=StoryState.SHARED)
            await audit(tx, AuditAction.STORY_SHARED, now, subject=story_id)
        self._signals.notify(f"stories:{owner}")
        return sharing

    async def unshare(self, owner: OwnerId, story_id: StoryId) -> None:
        """Take sharing back: the token stops working, the story stays kept. Raises NotFound.

        A story that is not shared stays as it is.
        """
        now = self._clock.now()
        async with self._catalog.transaction(owner) as tx:
            if (await tx.get(Kind.STORY, story_id)).state != StoryState.SHARED:
                return
            await tx.drop(Kind.STORY, story_id, Sharing)
            await tx.put(Kind.STORY, story_id, state=StoryState.SAVED)
            await audit(tx, AuditAction.STORY_UNSHARED, now, subject=story_id)
        self._signals.notify(f"stories:{owner}")


async def _decide(tx: Transaction, record: Record, reaction: Reaction) -> None:
    """Move the story on as its owner decided: a shared one that is kept stays shared, a dismissed one not."""
    if reaction is Reaction.DISMISSED:
        await tx.drop(Kind.STORY, record.id, Sharing)
        await tx.put(Kind.STORY, record.id, state=StoryState.DISMISSED)
    elif reaction is Reaction.SAVED and record.state != StoryState.SHARED:
        await tx.put(Kind.STORY, record.id, state=StoryState.SAVED)


async def _learn(tx: Transaction, story: Story, reaction: Reaction, now: datetime) -> None:
    """Keep the reaction for ranking, if the owner lets us learn."""
    feedback = Feedback(story.id, story.kind, reaction, now, story.people, story.theme)
    await put_if_allowed(tx, Kind.FEEDBACK, new_id(), feedback)
