"""What goes wrong, and when: decided by a seed, victim by victim, so that a run can be had again.

The decisions are the same for the same seed. What they hit is not, for processes are as fast as they are.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.chaos.disk import Disk
from tests.chaos.proxy import Proxy
from tests.chaos.victims import Victim

_MID_START: Final = 0.2
"""How often a victim is hit before it is ready."""
_PAUSED: Final = 0.35
"""How often it is stopped first."""
_REPRIEVED: Final = 0.5
"""How often one that was stopped goes on for a while."""


class Weather:
    """Storms until every victim has been killed as often as it shall be."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.counts: Counter[str] = Counter()
        """Of kills by victim, pauses, and everything else that went wrong."""

    async def storm(self, deaths: Sequence[tuple[Victim, int]], proxies: Sequence[Proxy], disk: Disk) -> None:
        """Kill each victim so many times; meanwhile connections break and the disk fills."""
        async with asyncio.TaskGroup() as around:
            elements = [
                around.create_task(self.breaks(proxy, self.chance(f"proxy {n}")))
                for n, proxy in enumerate(proxies)
            ]
            elements.append(around.create_task(self._fill(disk, self.chance("disk"))))
            async with asyncio.TaskGroup() as strikes:
                for victim, kills in deaths:
                    strikes.create_task(self._strike(victim, kills))
            for element in elements:
                element.cancel()

    @property
    def kills(self) -> int:
        """How often anybody was killed."""
        return sum(count for what, count in self.counts.items() if what.startswith("killed "))

    def chance(self, whose: str) -> random.Random:
        """Return what decides for one of those who take part: the same for the same seed."""
        return random.Random(f"{self._seed}: {whose}")

    async def _strike(self, victim: Victim, kills: int) -> None:
        chance = self.chance(victim.name)
        while self.counts[f"killed {victim.name}"] < kills:
            if chance.random() >= _MID_START:
                await victim.ready()
            await asyncio.sleep(chance.uniform(0.0, victim.life))
            if chance.random() < _PAUSED:
                await self._pause(victim, chance)
            if victim.signal(signal.SIGKILL):
                self.counts[f"killed {victim.name}"] += 1
            await victim.revive()

    async def _pause(self, victim: Victim, chance: random.Random) -> None:
        seconds, reprieved, after = chance.uniform(0.1, 4.0), chance.random() < _REPRIEVED, chance.random()
        if victim.signal(signal.SIGSTOP):
            self.counts[f"paused {victim.name}"] += 1
        await asyncio.sleep(seconds)
        if reprieved:
            victim.signal(signal.SIGCONT)
            await asyncio.sleep(after)

    async def breaks(self, proxy: Proxy, chance: random.Random) -> None:
        """Cut, reset, trickle and refuse connections until cancelled; leave the proxy as it ought to be."""
        try:
            while True:
                await asyncio.sleep(chance.uniform(1.0, 6.0))
                what, seconds = chance.choice(["cut", "reset", "trickle", "refuse"]), chance.uniform(0.2, 1.5)
                proxy.trickles, proxy.refuses = what == "trickle", what == "refuse"
                if what != "trickle":
                    proxy.cut(reset=what == "reset")
                self.counts[f"connections: {what}"] += 1
                await asyncio.sleep(seconds)
                proxy.trickles = proxy.refuses = False
        finally:
            proxy.trickles = proxy.refuses = False

    async def _fill(self, disk: Disk, chance: random.Random) -> None:
        try:
            while True:
                await asyncio.sleep(chance.uniform(3.0, 10.0))
                disk.fill(chance.choice([0, 4096, 100_000, 1_000_000]))
                self.counts[f"full: {disk.name}"] += 1
                await asyncio.sleep(chance.uniform(0.3, 3.0))
                disk.free()
        finally:
            disk.free()
