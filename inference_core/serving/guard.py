"""Watches one life of a server, and mends what can be mended without ending it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Never

from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.failures import CallFailed
from inference_core.models.registry import ModelSpec
from inference_core.serving.errors import ServerFailed
from inference_core.serving.probe import answers
from inference_core.serving.process import ServerProcess, Stub
from inference_core.serving.runtime import RuntimeFolder

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """How a server is watched; all in seconds.

    Attributes:
        start: It must answer within this from its start.
        tick: Between two looks at its processes.
        probe: Between two inferences.
        deadline: An inference must be answered within this. A server that is stopped for a moment, or has a
            full queue, must not be ended for it.
        control: A model must be unloaded and loaded within this.
    """

    start: float = 120.0
    tick: float = 0.2
    probe: float = 3.0
    deadline: float = 10.0
    control: float = 20.0


class Guard:
    """Watches a server that serves.

    Args:
        process: The server.
        client: A connection to it, which may load models.
        specs: The models that are probed.
        folder: Where its shared memory is.
        watch: How often, and how patiently.
    """

    def __init__(
        self,
        process: ServerProcess,
        client: TritonClient,
        specs: Sequence[ModelSpec],
        folder: RuntimeFolder,
        watch: Watch,
    ) -> None:
        self._process = process
        self._client = client
        self._specs = specs
        self._folder = folder
        self._watch = watch
        self._stubs: list[Stub] = []
        self._mending = asyncio.Lock()
        self._mended = 0

    async def ready(self) -> None:
        """Wait until every model answers.

        Raises:
            ServerFailed: The server ended, or did not answer in time.
        """
        try:
            async with asyncio.timeout(self._watch.start):
                while not self._folder.socket.exists():
                    self._check_process()
                    await asyncio.sleep(self._watch.tick / 4)
                self._meet_stubs()
                for spec in self._specs:
                    if not await answers(self._client, spec, self._watch.start):
                        self._check_process()
                        raise ServerFailed(f"Triton serves, but its model {spec.name} does not answer.")
        except TimeoutError:
            raise ServerFailed(f"Triton did not come up within {self._watch.start:.0f} s.") from None

    async def watch(self) -> Never:
        """Watch until the server is lost or this is cancelled.

        Raises:
            ServerFailed: It ended, or something of it does not answer and could not be mended.
        """
        await _first_to_fail(self._watch_processes(), self._watch_answers())

    async def _watch_processes(self) -> Never:
        """A stub that has died stays dead: the server starts none, and fails what it would have run."""
        while True:
            self._check_process()
            mended = self._mended
            for model in {stub.model for stub in self._stubs if not stub.alive()}:
                await self._mend(model, mended)
            await asyncio.sleep(self._watch.tick)

    async def _watch_answers(self) -> Never:
        turns = cycle(self._specs)
        while True:
            await asyncio.sleep(self._watch.probe)
            if spec := next(turns, None):
                await self._ask(spec)

    async def _ask(self, spec: ModelSpec) -> None:
        mended = self._mended
        if not await answers(self._client, spec, self._watch.deadline):
            await self._mend(spec.name, mended, hung=True)
            if not await answers(self._client, spec, self._watch.deadline):
                raise ServerFailed(f"Triton's model {spec.name} does not answer.")

    async def _mend(self, model: str, mended: int, *, hung: bool = False) -> None:
        """Load a model again, unless one was since `mended` was read: that was the very same fault.

        Instances that hang would do so for ever, and what they have begun with them; others may finish.
        """
        async with self._mending:
            if mended != self._mended:
                return
            _log.warning("Triton's model %s does not answer; it is loaded again.", model)
            if hung:
                self._process.kill_stubs(model)
            try:
                async with asyncio.timeout(self._watch.control):
                    await self._client.unload(model)
                    await self._client.load(model)
            except (CallFailed, TimeoutError) as error:
                self._check_process()
                raise ServerFailed(f"Triton's model {model} could not be loaded again ({error}).") from error
            self._mended += 1
            self._meet_stubs()

    def _meet_stubs(self) -> None:
        self._folder.close_to_others()
        self._stubs = self._process.stubs()

    def _check_process(self) -> None:
        if (status := self._process.status()) is not None:
            said = self._process.last_words()
            raise ServerFailed(f"Triton ended with status {status}" + (f": {said}." if said else "."))


async def _first_to_fail(*endless: Coroutine[Any, Any, Never]) -> Never:
    tasks = [asyncio.create_task(each) for each in endless]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    done.pop().result()
