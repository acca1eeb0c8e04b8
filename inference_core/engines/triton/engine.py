"""Models on a Triton server: latency or EngineUnavailable where it is not well, never a wrong answer.

Design note.

a. Inference changes nothing, so it may be asked for again. A lost connection is retried for a few seconds: a
   server that was restarted shows as latency.
b. A refusal counts against the picture only if the model works: a probe runs in between, and the picture is
   tried once more. Otherwise a dead model would make every photo look unreadable.
c. After that the model's circuit is open: callers are told at once, and when to come again.
d. Whatever is in doubt about shared memory makes the batch travel as bytes: see `sharing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from inference_core.cores import available_cores
from inference_core.engines.engine import Array, Outputs
from inference_core.engines.triton.circuit import Circuit
from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.contract import Contract
from inference_core.engines.triton.failures import CallFailed, ForeignModel, Refused
from inference_core.engines.triton.region import Place
from inference_core.engines.triton.sharing import Sharing
from inference_core.errors import EngineUnavailable, InferenceFailed
from inference_core.models.registry import ModelSpec
from inference_core.models.repository.checksum import CHECKSUM
from inference_core.preprocess.spec import Tensor

_LOCAL = ("127.", "localhost:", "[::1]:", "unix:")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds.

    Attributes:
        answer: For the answer to one request; a busy server needs a fraction of it.
        outage: For a server that fails, counted from the first attempt, before callers are told.
        first_pause: Between attempts; doubled each time.
    """

    answer: float = 10.0
    outage: float = 4.0
    first_pause: float = 0.1


class TritonEngine:
    """Runs models of a Triton server. Belongs to one event loop.

    Args:
        address: host:port, or unix:path, of its gRPC service.
        specs: The models, each with one uint8 input; they have the same names there.
        headers: Open what the server restricts (shared memory).
        parallelism: How many batches at a time make sense: twice its instances keep them at work.
        patience: With its failures.
        proves: Whether every answer must come with its proof: so do those of our own server. What any other
            server does is told by its first answers.
    """

    def __init__(
        self,
        address: str,
        specs: Iterable[ModelSpec],
        *,
        headers: Mapping[str, str] | None = None,
        parallelism: int | None = None,
        patience: Patience = Patience(),
        proves: bool = False,
    ) -> None:
        self._contracts = {spec.name: Contract(spec) for spec in specs}
        self._parallelism = parallelism or 2 * available_cores()
        self._patience = patience
        # Once it has proved an answer, a server must prove every one: a damaged answer may lack anything.
        self._proves = proves
        self._client = TritonClient(address, headers or {})
        self._circuits = {
            name: Circuit(name, partial(self._probe, contract)) for name, contract in self._contracts.items()
        }
        self._sharing = Sharing(self._client, possible=address.startswith(_LOCAL))

    @property
    def models(self) -> frozenset[str]:
        """See `Engine.models`."""
        return frozenset(self._contracts)

    @property
    def parallelism(self) -> int:
        """See `Engine.parallelism`."""
        return self._parallelism

    @property
    def shares_memory(self) -> bool:
        """Whether the server reads batches where the decoder wrote them."""
        return self._sharing.active

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        """See `Engine.lease`."""
        return self._sharing.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        """See `Engine.infer`."""
        if model not in self._contracts:
            raise EngineUnavailable(f"there is no model {model!r} in this engine")
        contract, circuit = self._contracts[model], self._circuits[model]
        contract.check_input(batch)
        circuit.check()
        try:
            outputs = await self._insist(contract, batch)
        except CallFailed as error:
            raise circuit.open(error) from error
        self._sharing.begin(partial(self._ask, contract), contract.probe_shape)
        return outputs

    async def close(self) -> None:
        """See `Engine.close`."""
        for circuit in self._circuits.values():
            await circuit.close()
        await self._sharing.close()
        await self._client.close()

    async def _insist(self, contract: Contract, batch: Array) -> Outputs:
        """Ask until there is an answer; raise the last failure when patience is over."""
        clock = asyncio.get_running_loop().time
        pause, end = self._patience.first_pause, clock() + self._patience.outage
        refusals = 0
        while True:
            try:
                return await self._ask(contract, batch, self._sharing.place(batch))
            except ForeignModel:
                raise
            except CallFailed as error:
                refusals += isinstance(error, Refused) and await self._works(contract)
                if refusals > 1:
                    raise InferenceFailed(f"the model {contract.spec.name} failed: {error}") from error
                if clock() + pause > end:
                    raise
            await asyncio.sleep(pause)
            pause *= 2

    async def _works(self, contract: Contract) -> bool:
        try:
            await self._probe(contract)
        except CallFailed:
            return False
        return True

    async def _probe(self, contract: Contract) -> None:
        await self._ask(contract, np.zeros((1, *contract.probe_shape), np.uint8), None)

    async def _ask(self, contract: Contract, batch: Array, place: Place | None) -> Outputs:
        """Send one request; raise CallFailed.

        Where it fails, the server may still be reading the batch in place, or may never have known the place,
        for it was restarted.
        """
        try:
            outputs = await self._client.infer(
                contract.spec.name, contract.input.name, batch, place, self._patience.answer
            )
            self._proves = self._proves or CHECKSUM.name in outputs
            return contract.verified(outputs, batch, proof=self._proves)
        except (CallFailed, asyncio.CancelledError):
            if place:
                self._sharing.retire(place)
            raise
