"""One run: a client syncs a growing camera roll while everything dies, then all is looked at."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from storyroll.consent.v1 import consent_pb2

from services.adapters.blob_host import FOLDER, BlobHost
from services.adapters.s3.access import S3Server
from services.cli.session import open_session, token_source
from services.cli.sync.command import settled
from services.domain.identity import OwnerId
from services.rpc.data_folder import DataFolder
from tests.chaos.audit import Findings, audit
from tests.chaos.client import OWNER
from tests.chaos.disk import Disk, LimitedFiles, SmallDisk, can_mount
from tests.chaos.ledger import Ledger
from tests.chaos.photos import CameraRoll
from tests.chaos.proxy import Proxy, proxy_to
from tests.chaos.victims import Program, Server, Victim, running_store
from tests.chaos.weather import Weather

S3: Final = "s3"
BACKLOG: Final = 40
"""Photos that wait to be uploaded, so that every kill hits somebody at work."""
GRACE: Final = timedelta(seconds=6)
"""What the sweep waits for in a run; half of it is what a store may take, and a pause often takes more."""
_BUCKET: Final = "s3://chaos/photos"
_SETTLED: Final = 600.0
_WEIGHTS: Final = {"server": 3, "client": 5, "store": 1}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did and found."""

    photos: int
    acknowledged: int
    in_the_storm: int
    """Of those, how many were acknowledged while everything went wrong."""
    kills: int
    counts: Counter[str]
    findings: Findings
    complaints: tuple[str, ...]
    """Errors in the server's log that nobody foresaw."""


class Scene:
    """Everybody who takes part."""

    def __init__(self, folder: Path, where: str, seed: int, most_photos: int) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.where = where
        self.roll = CameraRoll(folder / "roll", seed)
        self.ledger = Ledger(folder / "ledger")
        self.most_photos = most_photos
        self.proxies: list[Proxy] = []
        self.victims: list[Victim] = []
        self.host = BlobHost()
        self.server: Server
        self.client: Program
        self.disk: Disk

    @property
    def address(self) -> str:
        """Where the client finds the server, by way of the bad connection."""
        return f"127.0.0.1:{self.proxies[0].port}"

    async def sync_while(self) -> None:
        """Take photos so that some always wait, until cancelled."""
        while True:
            waiting = self.roll.taken - len(self.ledger.read())
            if waiting < BACKLOG and self.roll.taken < self.most_photos:
                await asyncio.to_thread(self.roll.take, 10)
            else:
                await asyncio.sleep(0.1)

    async def finish(self) -> int:
        """Let the client have a last, quiet sync; return how many files it left."""
        await self.client.end(signal.SIGKILL)
        self.client.signal(signal.SIGCONT)
        last = await self.client.start("once")
        return await asyncio.wait_for(last.wait(), _SETTLED)

    async def settle(self) -> None:
        """Wait until everything is processed and the sweep has come by, then ask the server to stop."""
        token = token_source(DataFolder(self.data), OWNER)
        async with open_session(f"127.0.0.1:{self.server.port}", token) as session:
            await asyncio.wait_for(settled(session), _SETTLED)
        await asyncio.sleep(GRACE.total_seconds())
        # The sweep for uploads that broke off comes with the start, and then every five minutes only.
        assert await self.server.end() == 0, self.server.log.read_text()[-4000:]
        await self.server.start()
        await self.server.ready()
        await asyncio.sleep(2 * GRACE.total_seconds())
        assert await self.server.end() == 0, self.server.log.read_text()[-4000:]


async def run(folder: Path, where: str, kills: int, seed: int, *, most_photos: int, limit: bool) -> Report:
    """Let everything go wrong for so many kills, and look at what is left.

    Args:
        folder: Empty; everything is kept in it.
        where: Blobs are kept: "folder" or "s3".
        kills: How often somebody dies of SIGKILL.
        seed: Of all chance.
        most_photos: That are taken.
        limit: Whether the disk fills by a limit on files even where one could be mounted.
    """
    weather = Weather(seed)
    async with _scene(folder, where, seed, most_photos, limit=limit) as scene:
        photographer = asyncio.create_task(scene.sync_while())
        await weather.storm(_shared_out(scene.victims, kills), scene.proxies, scene.disk)
        photographer.cancel()
        in_the_storm = len(scene.ledger.read())
        for victim in scene.victims:
            victim.signal(signal.SIGCONT)
            await victim.ready()
        left = await scene.finish()
        assert left == 0, (folder / "client.log").read_text()[-4000:]
        await scene.settle()
        said = scene.ledger.read()
        findings = await audit(scene.data, scene.host, OwnerId(OWNER), scene.roll.folder, said, GRACE)
        return Report(
            scene.roll.taken,
            len(said),
            in_the_storm,
            weather.kills,
            weather.counts,
            findings=findings,
            complaints=tuple(scene.server.complaints()),
        )


@asynccontextmanager
async def _scene(
    folder: Path, where: str, seed: int, most_photos: int, *, limit: bool
) -> AsyncIterator[Scene]:
    scene = Scene(folder, where, seed, most_photos)
    async with AsyncExitStack() as stack:
        if where == S3:
            store, seaweed = await stack.enter_async_context(running_store(folder / "store"))
            port = urlsplit(seaweed.access.endpoint).port or 0
            to_store = await stack.enter_async_context(proxy_to(port))
            access = seaweed.access
            scene.host = BlobHost(_BUCKET, S3Server(access.endpoint, access.access_key, access.secret_key))
            through = S3Server(f"http://127.0.0.1:{to_store.port}", access.access_key, access.secret_key)
            options = _s3_environment(through)
        else:
            store, to_store, options = None, None, {}
        scene.data.mkdir()
        small = can_mount() and not limit
        scene.disk = SmallDisk(scene.data) if small else LimitedFiles(lambda: scene.server.pid)
        stack.callback(scene.disk.close)
        blobs = _BUCKET if where == S3 else FOLDER
        log = folder / "server.log"
        scene.server = Server(scene.data, log, _SERVER | options, "--blobs", blobs)
        to_server = await stack.enter_async_context(proxy_to(scene.server.port))
        scene.proxies = [to_server, *([to_store] if to_store else [])]
        scene.client = _client(scene)
        scene.victims = [scene.server, scene.client, *([store] if store else [])]
        await scene.server.start()
        stack.push_async_callback(_end, scene.server)
        await scene.server.ready()
        await _grant(scene)
        await scene.client.start()
        stack.push_async_callback(_end, scene.client)
        yield scene


_SERVER: Final = {
    "STORYROLL_UPLOAD_ORPHAN_MINUTES": f"{GRACE.total_seconds() / 60}",
    "STORYROLL_UPLOAD_KEEP_UNFINISHED_DAYS": f"{GRACE.total_seconds() / 86_400}",
    "STORYROLL_UPLOAD_PHOTOS_A_MINUTE": "1000000",
    "STORYROLL_SCHEDULER_PATIENCE": '{"settle": 0.5, "at_most": 3.0}',
}


def _s3_environment(server: S3Server) -> dict[str, str]:
    return {
        "STORYROLL_S3_ENDPOINT": server.endpoint,
        "STORYROLL_S3_ACCESS_KEY": server.access_key,
        "STORYROLL_S3_SECRET_KEY": server.secret_key,
    }


def _client(scene: Scene) -> Program:
    state = {"STORYROLL_STATE": str(scene.folder / "state")}
    places = (str(scene.roll.folder), scene.address, str(scene.data), str(scene.folder / "ledger"))
    return Program("client", scene.folder / "client.log", state, "-m", "tests.chaos.client", *places)


async def _grant(scene: Scene) -> None:
    """Allow what lets photos be stored and described, and no more: looking at them is not what is tried."""
    token = token_source(DataFolder(scene.data), OWNER)
    async with open_session(f"127.0.0.1:{scene.server.port}", token) as session:
        scopes = [consent_pb2.SCOPE_CLOUD_PROCESSING]
        await session.consent.GrantConsent(consent_pb2.GrantConsentRequest(scopes=scopes, terms_version="1"))


def _shared_out(victims: list[Victim], kills: int) -> list[tuple[Victim, int]]:
    """Share the kills out among the victims; the first one takes what is left over."""
    whole = sum(_WEIGHTS[victim.name] for victim in victims)
    shares = [kills * _WEIGHTS[victim.name] // whole for victim in victims]
    shares[0] += kills - sum(shares)
    return list(zip(victims, shares, strict=True))


async def _end(program: Program) -> None:
    if program.pid is not None:
        await program.end(signal.SIGKILL)
