"""The region that a server and this process share: made when the server can use it, replaced in doubt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import numpy as np

from inference_core.engines.engine import Array
from inference_core.engines.slots import Slots
from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.failures import CallFailed
from inference_core.engines.triton.region import Place, Region, abandoned, sweep
from inference_core.preprocess.spec import Tensor

_log = logging.getLogger(__name__)

_PAUSE_AFTER_REFUSAL = 30.0
_UNSHARE_PAUSES = (0.0, 0.1, 0.5, 2.0, 10.0, 60.0)
"""Seconds before each attempt: a region is in use for a moment after its last request."""

Trial = Callable[[Array, Place], Awaitable[object]]
"""Runs one item that lies in the region through a model; raises CallFailed."""


class Sharing:
    """Lends rows that the server reads in place; rows of this process alone while there are none such.

    A request without an answer may still be read by the server. Its rows, and with them the whole region, are
    then never lent again: a fresh region takes its place. What still lies in the old one is sent as it is.

    Args:
        client: Of a server that may be on this machine.
        possible: Whether it is.
    """

    def __init__(self, client: TritonClient, possible: bool) -> None:
        self._client = client
        self._own = Slots()
        self._region: Region | None = None
        self._not_before = 0.0 if possible else float("inf")
        self._opening: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def active(self) -> bool:
        """Whether rows are lent that the server reads in place."""
        return self._region is not None

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        """Return a row: see `Slots.lease`."""
        region = self._region
        return (region.slots if region else self._own).lease(shape)

    def place(self, batch: Array) -> Place | None:
        """Return where the server finds a batch; None if it must be sent."""
        return self._region.place(batch) if self._region else None

    def begin(self, trial: Trial, shape: tuple[int, ...]) -> None:
        """Make a region if there is none and the server may take it; called whenever the server works.

        Args:
            trial: Proves that the server sees what we write, with a model that has just answered.
            shape: Of the item for it.
        """
        now = asyncio.get_running_loop().time()
        if self._region is None and self._opening is None and now >= self._not_before:
            self._not_before = now + _PAUSE_AFTER_REFUSAL
            self._opening = asyncio.create_task(self._open(trial, shape))

    def retire(self, place: Place) -> None:
        """Lend nothing any more of the region in which a batch lay that was not answered."""
        if self._region and self._region.name == place.region:
            region, self._region = self._region, None
            self._not_before = 0.0
            self._leave(region)

    async def close(self) -> None:
        """Unmap what the server has mapped, as far as it answers."""
        if self._opening:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        if self._region:
            await _unshare(self._client, self._region, _UNSHARE_PAUSES[:3])

    async def _open(self, trial: Trial, shape: tuple[int, ...]) -> None:
        try:
            region = await asyncio.to_thread(_make)
            try:
                await self._client.share(region.name, region.size)
                region.hide()
                await _try(region, trial, shape)
            except BaseException:
                self._leave(region)
                raise
            self._region = region
            await self._forget_the_dead()
        except (CallFailed, OSError) as error:
            _log.info("pictures are sent to the model server, for it cannot share memory: %s", error)
        finally:
            self._opening = None

    async def _forget_the_dead(self) -> None:
        """Unmap what other processes shared with this server before they died."""
        for name in abandoned(await self._client.shared()):
            await self._client.unshare(name)

    def _leave(self, region: Region) -> None:
        task = asyncio.create_task(_unshare(self._client, region, _UNSHARE_PAUSES))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _make() -> Region:
    sweep()
    return Region()


async def _try(region: Region, trial: Trial, shape: tuple[int, ...]) -> None:
    item = region.slots.lease(shape)
    item[:] = 0
    place = region.place(item)
    if place is None:
        raise OSError("not even one row fits into the shared memory")
    await trial(item[np.newaxis], place)


async def _unshare(client: TritonClient, region: Region, pauses: tuple[float, ...]) -> None:
    """Ask the server to unmap a region until it does; a server that is gone has unmapped it already."""
    region.hide()
    for pause in pauses:
        await asyncio.sleep(pause)
        try:
            await client.unshare(region.name)
        except CallFailed as error:
            _log.debug("the model server keeps %s for now: %s", region.name, error)
        else:
            return
