"""A real server in a thread of its own: Ana lives there, and Mallory sends it whatever comes to mind."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor

from services.adapters.blob_host import BlobHost
from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.whole import everything
from services.domain.accounts import AuditEntry, AuditHead
from services.domain.audit_chain import faults
from services.domain.consent import Scope
from services.domain.facets import Original
from services.domain.identity import OwnerId, StoryId
from services.domain.records import Kind, Record, StoryState
from services.domain.stories.story import Sharing
from services.rpc.paging import PageTokens
from services.rpc.server import Server
from services.rpc.service import Service
from services.rpc.settings import ServerSettings
from services.rpc.share_links import ShareLinks
from services.rpc.tokens import LocalIssuer
from tests.fuzz_rpc.messages import Words
from tests.rpc.estate import ANAS, AT, NOTHING, fill
from tests.rpc.rpc_walk import methods
from tests.stored_library import ANA, StoredLibrary, jpeg

MALLORY = OwnerId("mallory")
T = TypeVar("T")


@dataclass
class House:
    """The server, the line to it, and what must hold whatever is sent."""

    ports: Ports
    channel: grpc.Channel
    issuer: LocalIssuer
    methods: list[MethodDescriptor]
    words: Words
    _loop: asyncio.AbstractEventLoop
    ends: Counter[str] = field(default_factory=Counter)
    """How calls ended, by status."""
    _anas: dict[str, Any] = field(default_factory=dict)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something where the server runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def token(self, owner: OwnerId = MALLORY) -> str:
        return self.issuer.mint(owner)

    async def furnish(self) -> None:
        """Give Mallory what they destroyed again."""
        library = StoredLibrary.over(self.ports, MALLORY)
        granted = await self.ports.keyring.scopes(MALLORY)
        stories = await self.ports.catalog.find(MALLORY, Kind.STORY)
        if granted != frozenset(Scope) or not stories:
            await fill(library)

    async def remember(self) -> None:
        """Note what Ana has, to be compared later."""
        self._anas = await self._everything_of_ana()

    async def check(self) -> None:
        """Hold that Ana's things are as they were, and that what is kept of Mallory is whole."""
        assert await self._everything_of_ana() == self._anas
        for owner in (ANA, MALLORY):
            records = [record for kind in Kind for record in await self.ports.catalog.find(owner, kind)]
            assert _broken_lines(records) == []
            for record in records:
                await self._readable(record)

    async def _readable(self, record: Record) -> None:
        original = record.get(Original)
        if original and original.sha256 != bytes(32):
            data = await self.ports.vault.read(record.owner, original.blob_key)
            assert hashlib.sha256(data).digest() == original.sha256

    async def _everything_of_ana(self) -> dict[str, Any]:
        records = [record for kind in Kind for record in await self.ports.catalog.find(ANA, kind)]
        shown = {f"{record.kind} {record.id}": record for record in records if record.kind != Kind.AUDIT}
        revisions = {
            name: record.revision for name, record in shown.items() if not name.startswith("account")
        }
        originals = [original for record in records if (original := record.get(Original))]
        data = {o.blob_key: await self.ports.vault.read(ANA, o.blob_key) for o in originals}
        return revisions | data


def _broken_lines(records: list[Record]) -> list[str]:
    """Return what is wrong with an audit log."""
    entries = [entry for record in records if (entry := record.get(AuditEntry))]
    heads = [head for record in records if (head := record.get(AuditHead))]
    return faults(entries, heads) if heads else []


@contextmanager
def open_house(folder: Path, blobs: BlobHost = BlobHost()) -> Iterator[House]:
    """Serve everything over a folder, in a thread, until the context ends."""
    opened: Future[House] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_serve(folder, blobs, opened, stop)))
    thread.start()
    try:
        house = opened.result(120)
        house.run(house.furnish())
        house.run(house.remember())
        yield house
        house.channel.close()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _serve(folder: Path, blobs: BlobHost, opened: Future[House], stop: asyncio.Event) -> None:
    issuer = LocalIssuer(LocalIssuer.new_seed())
    try:
        async with open_local(folder, SystemClock(), blobs=blobs) as ports:
            await fill(StoredLibrary.over(ports, ANA))
            settings = ServerSettings(listen="127.0.0.1:0", drain_seconds=0.5)
            server = Server(Service(everything(ports).servicers), issuer.verifier(), settings)
            address = await server.start()
            channel = grpc.insecure_channel(address)
            found = await asyncio.to_thread(lambda: list(methods(address)))
            words = await _words(ports)
            opened.set_result(House(ports, channel, issuer, found, words, asyncio.get_running_loop()))
            await stop.wait()
            await server.drain()
    except BaseException as error:
        if not opened.done():
            opened.set_exception(error)
        raise


async def _words(ports: Ports) -> Words:
    """Return ids, names, and tokens that are good: of pages of Mallory's, of a story that Ana shares."""
    story, until = StoryId(ANAS["story"]), SystemClock().now() + timedelta(days=1)
    async with ports.catalog.transaction(ANA) as tx:
        await tx.put(
            Kind.STORY, story, Sharing("secret", SystemClock().now(), until), state=StoryState.SHARED
        )
    pages = PageTokens(ports.page_secret)
    lists = ("ListAssets", "ListEvents", "ListAuditEvents")
    tokens = [pages.issue(method, MALLORY, (AT, "x")) for method in lists]
    tokens.append(pages.issue("ListStories", MALLORY, (None, f"{(-0.5).hex()} {story}")))
    people = [ANAS["person"], ANAS["person"][::-1], NOTHING["person"]]
    return {
        "asset_id": [ANAS["asset"], NOTHING["asset"]],
        "asset_ids": [ANAS["asset"], NOTHING["asset"]],
        "person_id": people,
        "person_ids": people,
        "occasion_id": [ANAS["occasion"], NOTHING["occasion"]],
        "story_id": [ANAS["story"], NOTHING["story"]],
        "sha256": [bytes.fromhex(known["hash"]) for known in (ANAS, NOTHING)],
        "token": [ShareLinks(ports.page_secret).issue(ANA, story, "secret")],
        "page_token": tokens,
        "page_size": [1, 1000],
        "after": ["account.json", "people.jsonl", f"originals/{ANAS['asset']}/a.jpg"],
        "bystander_days": [0, 180],
        "lifetime_seconds": [60],
        "seconds": [1_700_000_000],
        "size": [10],
        "path": ["a.jpg", "2024/b.heic"],
        "media_type": ["image/jpeg", "video/mp4"],
        "terms_version": ["1"],
        "confirm": [True],
        "image": [jpeg(2), jpeg(3)[:500]],
        "item_id": ["x"],
    }
