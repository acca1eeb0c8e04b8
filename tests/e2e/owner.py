"""An owner at the keyboard of a program: the calls that several tests make, on one connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyroll.consent.v1 import consent_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.library import all_assets
from services.cli.session import Session
from services.cli.stories import all_stories
from services.cli.sync.command import settled
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync
from services.cli.views import asset_view, person_view
from services.domain.consent import Scope

View = dict[str, Any]

EVERYTHING = tuple(Scope)
PATIENCE = 240.0
"""Seconds in which everything that a test syncs is looked at; a stall shows as more."""


class Silence:
    """Shows no progress."""

    def found(self, size: int) -> None: ...

    def done(self, size: int) -> None: ...


@dataclass(frozen=True)
class Owner:
    """One owner of a running server."""

    session: Session

    async def grant(self, *scopes: Scope) -> None:
        request = consent_pb2.GrantConsentRequest(scopes=to_pb(scopes), terms_version="1")
        await self.session.consent.GrantConsent(request)

    async def revoke(self, *scopes: Scope) -> consent_pb2.Receipt:
        request = consent_pb2.RevokeConsentRequest(scopes=to_pb(scopes))
        return (await self.session.consent.RevokeConsent(request)).receipt

    async def sync(self, folder: Path) -> Outcome:
        """Sync a folder and wait until all of it is looked at."""
        async with asyncio.timeout(PATIENCE):
            outcome = await Sync(self.session, folder, Silence()).run()
            await settled(self.session)
        return outcome

    async def settle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await settled(self.session)

    async def assets(self) -> dict[str, View]:
        """Return all assets by path, as the command line shows them."""
        return {asset.path: asset_view(asset) async for asset in all_assets(self.session)}

    async def people(self) -> list[View]:
        answer = await self.session.metadata.ListPeople(metadata_pb2.ListPeopleRequest())
        return [person_view(person) for person in answer.people]

    async def stories(self) -> list[suggestion_pb2.Story]:
        return [story async for story in all_stories(self.session)]

    async def story_of(self, kind: suggestion_pb2.StoryKind.ValueType) -> suggestion_pb2.Story:
        """Return the best story of a kind, waiting for it if need be."""
        async with asyncio.timeout(60):
            async for change in self.session.suggestion.WatchStories(suggestion_pb2.WatchStoriesRequest()):
                if change.story.kind == kind:
                    return change.story
        raise AssertionError("the watch ended")


def to_pb(scopes: tuple[Scope, ...]) -> list[consent_pb2.Scope.ValueType]:
    return [consent_pb2.Scope.Value(f"SCOPE_{scope.name}") for scope in scopes]
