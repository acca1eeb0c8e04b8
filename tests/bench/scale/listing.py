"""What owners wait for when the tables are full, beside an owner who is alone."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc
from storyroll.suggestion.v1 import suggestion_pb2, suggestion_pb2_grpc

from services.domain.identity import OwnerId
from services.rpc.channels import connect
from services.rpc.data_folder import DataFolder
from tests.bench.scale.filling import Shelves
from tests.bench.scale.photos import FIRST, LAST, STORIES
from tests.bench.scale.service import service
from tests.postgres_server import fresh_database

OWNERS: Final = 1000
READ: Final = 20
"""Owners whose libraries are read, at random."""
EVERY: Final = 40
"""Of so many of the others one allows everything: ten million photos of such owners would take 100 GB."""
CALLS: Final = 400
PAGE: Final = 200
STORIES_LISTED, ASSETS_LISTED = "ListStories", "ListAssets"
_WARM_UP: Final = 20


@dataclass
class Listed:
    """What was measured."""

    photos: int
    """In the full database."""
    loaded_s: float
    bytes_full: int
    bytes_alone: int
    """Of the database of one owner who allows everything, less those of an empty one."""
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """By call and system."""

    def p95(self, call: str, system: str) -> float:
        """Return milliseconds."""
        return float(np.percentile(self.seconds[call, system], 95)) * 1e3

    def median(self, call: str, system: str) -> float:
        """Return milliseconds."""
        return float(np.percentile(self.seconds[call, system], 50)) * 1e3

    def ratio(self, call: str) -> float:
        """Return the p95 in the full database by that of the owner who is alone."""
        return self.p95(call, FULL) / self.p95(call, ALONE)

    @property
    def bytes_a_photo(self) -> float:
        """Of the database, for an owner who allows everything, with indexes and the audit log."""
        return self.bytes_alone / (self.photos / OWNERS)


FULL, ALONE = "full", "alone"


class System:
    """The services that list, over one database.

    Args:
        metadata: Its stub.
        suggestion: Its stub.
        owners: Who may be asked for.
        photos: Of each.
        speak: Lets the next calls be an owner's.
    """

    def __init__(
        self,
        metadata: metadata_pb2_grpc.MetadataServiceAsyncStub,
        suggestion: suggestion_pb2_grpc.SuggestionServiceAsyncStub,
        owners: Sequence[OwnerId],
        photos: int,
        speak: Callable[[OwnerId], None],
    ) -> None:
        self._metadata = metadata
        self._suggestion = suggestion
        self._owners = owners
        self._photos = photos
        self._speak = speak
        self._chance = random.Random(7)

    async def timed(self, call: str) -> float:
        """List what an owner has, of a page from anywhere in their years; return the seconds."""
        self._speak(self._chance.choice(self._owners))
        listing = self._stories if call == STORIES_LISTED else self._assets
        began = time.perf_counter()
        await listing()
        return time.perf_counter() - began

    async def _stories(self) -> None:
        answer = await self._suggestion.ListStories(suggestion_pb2.ListStoriesRequest(page_size=STORIES))
        assert len(answer.stories) == STORIES

    async def _assets(self) -> None:
        first = self._chance.randrange(self._photos - PAGE)
        since = FIRST + (LAST - FIRST) * (first / self._photos)
        request = metadata_pb2.ListAssetsRequest(page_size=PAGE)
        request.since.FromDatetime(since)
        answer = await self._metadata.ListAssets(request)
        assert len(answer.assets) == PAGE
        assert answer.assets[-1].themes, "what is read opens under its owner's keys"


async def listed(postgres: str, folder: Path, photos: int) -> Listed:
    """Fill two databases and list from both in turn.

    Args:
        postgres: Address of a server.
        folder: For keys and services.
        photos: In the full database, of all owners.
    """
    owners = [OwnerId(f"owner{number:04}") for number in range(OWNERS)]
    async with AsyncExitStack() as opened:
        began = time.perf_counter()
        size, systems = {}, {}
        for name, read, others in ((FULL, owners[:READ], owners[READ:]), (ALONE, owners[:1], ())):
            url = await opened.enter_async_context(fresh_database(postgres))
            home = folder / name
            (home / "keys").mkdir(parents=True, mode=0o700)
            shelves = Shelves(url, home / "keys")
            empty = await shelves.bytes()
            await shelves.fill(read, others, photos // OWNERS, EVERY)
            size[name] = await shelves.bytes() - empty
            systems[name] = await opened.enter_async_context(_system(url, home, read, photos // OWNERS))
        loaded = time.perf_counter() - began
        report = Listed(photos, loaded, size[FULL], size[ALONE])
        for call in (STORIES_LISTED, ASSETS_LISTED):
            await _measure(systems, call, report)
        return report


async def _measure(systems: dict[str, System], call: str, report: Listed) -> None:
    for name in systems:
        report.seconds[call, name] = []
    for turn in range(CALLS + _WARM_UP):
        for name, system in systems.items():
            seconds = await system.timed(call)
            if turn >= _WARM_UP:
                report.seconds[call, name].append(seconds)


@asynccontextmanager
async def _system(url: str, folder: Path, owners: Sequence[OwnerId], photos: int) -> AsyncIterator[System]:
    settings = {"STORYROLL_DATABASE": url}
    issuer = DataFolder(folder).issuer()
    tokens = {owner: issuer.mint(owner) for owner in owners}
    speaking = [owners[0]]
    async with AsyncExitStack() as opened:
        channels = []
        for module in ("services.metadata", "services.suggestion"):
            running = opened.enter_context(service(module, folder, settings))
            channel = connect(running.address, lambda: tokens[speaking[0]])
            channels.append(await opened.enter_async_context(channel))
        metadata, suggestion = channels
        yield System(
            metadata_pb2_grpc.MetadataServiceStub(metadata),
            suggestion_pb2_grpc.SuggestionServiceStub(suggestion),
            owners,
            photos,
            lambda owner: speaking.__setitem__(0, owner),
        )
