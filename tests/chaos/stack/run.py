"""One run: phones sync and people browse while each part of a stack is struck, then all is looked at."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from inference_core.serving.install import find_triton
from services.adapters.blob_host import BlobHost
from services.adapters.database_choice import DatabaseHost
from services.adapters.s3.access import S3Server
from services.cli.stack.programs import open_stores
from services.rpc.alone import Places
from services.rpc.data_folder import DataFolder
from tests.chaos.audit import Findings, audit
from tests.chaos.proxy import Proxy, proxy_to
from tests.chaos.stack.account import Account, open_account
from tests.chaos.stack.load import Load
from tests.chaos.stack.parts import ENTRY, SERVICES, STORES, TRITON, Part, Stack
from tests.chaos.stack.probes import Probes, Work
from tests.chaos.victims import READY
from tests.chaos.weather import Weather

GRACE: Final = timedelta(seconds=10)
"""What the sweep waits for in a run; half of it is what a store may take."""
ROLLING: Final = "rolling restart"
_SERVER: Final = {
    "STORYROLL_UPLOAD_ORPHAN_MINUTES": f"{GRACE.total_seconds() / 60}",
    "STORYROLL_UPLOAD_KEEP_UNFINISHED_DAYS": f"{GRACE.total_seconds() / 86_400}",
    "STORYROLL_UPLOAD_PHOTOS_A_MINUTE": "1000000",
    "STORYROLL_SCHEDULER_PATIENCE": '{"settle": 0.5, "at_most": 3.0}',
}
_SETTLED_S: Final = 600.0
_TOGETHER: Final = 0.3
"""How often a strike at random hits two parts."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did and found."""

    photos: int
    acknowledged: int
    kills: int
    counts: Counter[str]
    recoveries: dict[str, list[float]]
    """Seconds, by what was struck."""
    load: Load
    findings: Sequence[Findings]
    complaints: tuple[str, ...]
    """Errors in the log that nobody foresaw."""


class Scene:
    """Everybody who takes part."""

    def __init__(self, stack: Stack, proxy: Proxy, accounts: Sequence[Account], weather: Weather) -> None:
        self.stack = stack
        self.proxy = proxy
        self.accounts = accounts
        self.weather = weather
        self.load = Load(accounts[0])
        self.probes = Probes(accounts[1], DataFolder(stack.data).pages())
        self.recoveries: dict[str, list[float]] = defaultdict(list)
        triton = (TRITON,) if find_triton() else ()
        self.parts = (*STORES, *triton, ENTRY, *SERVICES)

    async def in_turn(self) -> None:
        """Kill each part, the next when what needs it goes on."""
        self.load.phase = "killed in turn"
        for part in self.parts:
            await self._kill(part)
            await self._recover([part], "killed")

    async def cuts(self) -> None:
        """Cut the connections of each part that has any."""
        self.load.phase = "connections cut"
        for part in self.parts:
            if count := self.stack.cut(part):
                self.weather.counts[f"connections cut: {part.name}"] += count
                await self._recover([part], "cut off")

    async def at_random(self, kills: int) -> None:
        """Kill parts as the seed says, now and then two at once, while the line of the clients is bad."""
        self.load.phase = "killed at random"
        bad = asyncio.create_task(self.weather.breaks(self.proxy, self.weather.chance("proxy")))
        chance = self.weather.chance("strikes")
        while kills > 0:
            struck = chance.sample(self.parts, 2 if kills > 1 and chance.random() < _TOGETHER else 1)
            pause, between = chance.uniform(0.0, 3.0), chance.uniform(0.0, 1.0)
            await asyncio.sleep(pause)
            for part in struck:
                await self._kill(part)
                await asyncio.sleep(between if part is not struck[-1] else 0.0)
            await self._recover(struck, "killed")
            kills -= len(struck)
        bad.cancel()
        await asyncio.gather(bad, return_exceptions=True)

    async def rolling(self) -> None:
        """Ask one service after the other to stop, the next when another process of it is ready."""
        self.load.phase = ROLLING
        for part in SERVICES:
            await self.restart(part)

    async def restart(self, part: Part) -> None:
        """Ask a service to stop; return when it is back."""
        before = self.stack.starts(part)
        await self.stack.strike(part, signal.SIGTERM)
        self.weather.counts[f"restarted {part.name}"] += 1
        async with asyncio.timeout(READY):
            while self.stack.starts(part) == before:  # noqa: ASYNC110 - its log does not tell
                await asyncio.sleep(0.1)

    async def _kill(self, part: Part) -> None:
        await self.stack.strike(part, signal.SIGKILL)
        self.weather.counts[f"killed {part.name}"] += 1

    async def _recover(self, struck: Sequence[Part], how: str) -> None:
        """Wait until what needs the parts goes on; the seconds count from the last strike."""
        works = sorted({part.needed_for for part in struck})
        seconds = await asyncio.gather(*(self.probes.seconds_until(work) for work in works))
        taken: dict[Work, float] = dict(zip(works, seconds, strict=True))
        for part in struck:
            needed = part.needed_for
            self.recoveries[f"{part.name} {how}"].append(taken[needed])
            print(f"{part.name} {how}: {needed} goes on after {taken[needed]:.1f} s", flush=True)

    async def settle(self) -> None:
        """Let the sync of each account end, and everything that it brought be analysed and planned."""
        self.load.phase = "quiet"
        for account in self.accounts:
            left = await account.sync()
            assert not left.failed, left.failed
        async with asyncio.timeout(_SETTLED_S):
            await asyncio.gather(*(Probes(account, "").settled() for account in self.accounts))
        await asyncio.sleep(GRACE.total_seconds())
        # The sweep comes with the start, and then every five minutes only.
        await self.restart(next(part for part in SERVICES if part.name == "upload"))
        await asyncio.sleep(GRACE.total_seconds())


async def run(folder: Path, kills: int, seed: int, portraits: tuple[Path, ...]) -> Report:
    """Run, in an empty folder; everything that is killed is started again by the stack itself.

    Args:
        folder: Everything is kept in it.
        kills: How often a part dies of SIGKILL, each at least once.
        seed: Of all chance.
        portraits: Photos with faces, of which some of the roll are made.
    """
    weather = Weather(seed)
    async with _scene(folder, weather, portraits) as scene:
        async with scene.load.going_on():
            await scene.probes.seconds_until(Work.STORIES)
            await scene.in_turn()
            await scene.cuts()
            await scene.at_random(kills - len(scene.parts))
            await scene.rolling()
        await scene.settle()
        assert await scene.stack.end() == 0, scene.stack.log.read_text()[-4000:]
        findings = await _audited(scene.stack.data, scene.accounts)
    return Report(
        sum(account.roll.taken for account in scene.accounts),
        sum(len(account.ledger.read()) for account in scene.accounts),
        sum(count for what, count in weather.counts.items() if what.startswith("killed ")),
        weather.counts,
        scene.recoveries,
        scene.load,
        findings,
        tuple(scene.stack.complaints()),
    )


@asynccontextmanager
async def _scene(folder: Path, weather: Weather, portraits: tuple[Path, ...]) -> AsyncIterator[Scene]:
    stack = Stack(folder / "data", folder / "stack.log", _SERVER)
    async with AsyncExitStack() as opened:
        await stack.start()
        opened.push_async_callback(_end, stack)
        await stack.ready()
        proxy = await opened.enter_async_context(proxy_to(stack.port))
        address = f"127.0.0.1:{proxy.port}"
        chance = weather.chance("photos")
        accounts = []
        for name in ("phone", "probe"):
            opening = open_account(name, folder, stack.data, address, chance.randrange(1 << 32), portraits)
            accounts.append(await opened.enter_async_context(opening))
            await accounts[-1].consent()
        yield Scene(stack, proxy, accounts, weather)


async def _audited(data: Path, accounts: Sequence[Account]) -> list[Findings]:
    """Look into the stores of a stack that has ended."""
    async with open_stores(Places(), data) as stores:
        found = stores.environment
        s3 = [found[f"STORYROLL_S3_{name}"] for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")]
        host, database = (
            BlobHost(found["STORYROLL_BLOBS"], S3Server(*s3)),
            DatabaseHost(found["STORYROLL_DATABASE"]),
        )
        return [
            await audit(
                data, host, account.owner, account.roll.folder, account.ledger.read(), GRACE, database
            )
            for account in accounts
        ]


async def _end(stack: Stack) -> None:
    if stack.pid is not None:
        await stack.end(signal.SIGKILL)
