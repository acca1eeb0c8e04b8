"""One inference worker and two, behind a client that balances its calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import grpc
from storyroll.inference.v1 import inference_pb2, inference_pb2_grpc

from services.rpc.data_folder import DataFolder
from tests.bench.scale.dozing import PICTURE_S
from tests.bench.scale.service import service
from tests.stored_library import jpeg

PICTURES: Final = 320
"""Of a turn."""
_CALLS: Final = 16
"""Streams at a time, each with its share of the pictures: what is balanced is a call."""
_ROUNDS: Final = 3


@dataclass
class Shared:
    """What was measured: photos a second by round."""

    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median of what two workers did by what one did in the same round."""
        return median(two / one for one, two in zip(self.one, self.two, strict=True))

    @property
    def of_possible(self) -> float:
        """Return what one worker did, by what its models could do."""
        return median(self.one) * PICTURE_S


def shared(folder: Path) -> Shared:
    """Measure it in turns, so that a busy machine is as busy for both."""
    with ExitStack() as opened:
        homes = [folder / name for name in ("first", "second")]
        (folder / "keys").mkdir(parents=True, mode=0o700)
        addresses = []
        for home in homes:
            home.mkdir()
            (home / "keys").symlink_to(folder / "keys")
            addresses.append(opened.enter_context(service("tests.bench.scale.dozing", home, {})).address)
        token = DataFolder(folder).issuer().mint("bench")
        return asyncio.run(_measure(addresses, token))


async def _measure(addresses: Sequence[str], token: str) -> Shared:
    report = Shared()
    for number in range(_ROUNDS + 1):
        for workers, rates in ((addresses[:1], report.one), (addresses, report.two)):
            rate = await _turn(workers, token)
            if number:  # the first round warms up
                rates.append(rate)
    return report


async def _turn(workers: Sequence[str], token: str) -> float:
    balancing = (("grpc.lb_policy_name", "round_robin"),)
    async with grpc.aio.insecure_channel(f"ipv4:{','.join(workers)}", options=balancing) as channel:
        await channel.channel_ready()
        stub = inference_pb2_grpc.InferenceServiceStub(channel)
        began = time.perf_counter()
        answered = await asyncio.gather(*(_call(stub, token) for _ in range(_CALLS)))
        seconds = time.perf_counter() - began
    assert sum(answered) == PICTURES
    return PICTURES / seconds


async def _call(stub: inference_pb2_grpc.InferenceServiceAsyncStub, token: str) -> int:
    async def pictures() -> AsyncIterator[inference_pb2.AnalyzeImagesRequest]:
        for number in range(PICTURES // _CALLS):
            yield inference_pb2.AnalyzeImagesRequest(item_id=str(number), image=_PICTURE)

    answers = stub.AnalyzeImages(pictures(), metadata=[("authorization", f"Bearer {token}")])
    return len([answer async for answer in answers if answer.HasField("analysis")])


_PICTURE: Final = jpeg()
