"""Models on a Triton server: latency or EngineUnavailable where it is not well, never a wrong answer.

Design note.

a. Inference changes nothing, so it may be asked for again. What is away is waited for a few seconds: a server
   that was restarted shows as latency. After that callers are told at once, and when to come again.
b. One circuit holds back the calls of a model, and one those of all models. Where there is no answer, a sign
   of life tells a server that is gone, for which nobody waits longer than for one outage, from a model that
   hangs, which leaves the others alone.
c. A refusal counts against the picture only if the model works: a probe runs in between, and the picture is
   tried once more. Otherwise a dead model would make every photo look unreadable.
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
from inference_core.engines.triton.failures import CallFailed, ForeignModel, NoAnswer, Refused
from inference_core.engines.triton.region import Place
from inference_core.engines.triton.sharing import Sharing
from inference_core.errors import EngineUnavailable, InferenceFailed
from inference_core.models.registry import ModelSpec
from inference_core.models.repository.checksum import CHECKSUM
from inference_core.preprocess.spec import Tensor

_LOCAL = ("127.", "localhost:", "[::1]:", "unix:")

_SIGN_OF_LIFE = 1.0
"""Seconds that a server has to show that it is there, and that others wait at least for the first probe: what
failed for one call may be well."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds.

    Attributes:
        answer: For the answer to one request; a busy server needs a fraction of it.
        outage: For what fails, counted from the attempt that found it so, before callers are told.
        first_pause: Between attempts of one caller; doubled each time.
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
            name: Circuit(f"the model {name}", partial(self._model_answers, contract))
            for name, contract in self._contracts.items()
        }
        self._connection = Circuit("the model server", self._server_answers)
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
        contract = self._contracts[model]
        contract.check_input(batch)
        outputs = await self._insist(contract, self._circuits[model], batch)
        self._sharing.begin(partial(self._ask, contract), contract.probe_shape)
        return outputs

    async def close(self) -> None:
        """See `Engine.close`."""
        for circuit in (*self._circuits.values(), self._connection):
            await circuit.close()
        await self._sharing.close()
        await self._client.close()

    async def _insist(self, contract: Contract, circuit: Circuit, batch: Array) -> Outputs:
        """Ask until there is an answer; raise EngineUnavailable when patience is over."""
        clock = asyncio.get_running_loop().time
        pause, end = self._patience.first_pause, clock() + self._patience.outage
        refusals = 0
        while True:
            await self._connection.passed()
            await circuit.passed()
            began = clock()
            try:
                return await self._ask(contract, batch, self._sharing.place(batch))
            except CallFailed as error:
                if isinstance(error, Refused) and await self._works(contract):
                    refusals += 1
                else:
                    self._hold_back(circuit, error, began)
                if refusals > 1:
                    raise InferenceFailed(f"the model {contract.spec.name} failed: {error}") from error
                if clock() + pause > end:
                    circuit.open(error, clock() + _SIGN_OF_LIFE)
                    raise circuit.unavailable() from error
            await asyncio.sleep(pause)
            pause *= 2

    def _hold_back(self, circuit: Circuit, failure: CallFailed, began: float) -> None:
        """Open the circuit of what a call found away that `began` then."""
        now, end = asyncio.get_running_loop().time(), began + self._patience.outage
        if isinstance(failure, NoAnswer):
            self._connection.open(failure, max(end, now + _SIGN_OF_LIFE))
        else:
            circuit.open(failure, now if isinstance(failure, ForeignModel) else end)

    async def _works(self, contract: Contract) -> bool:
        try:
            await self._probe(contract)
        except CallFailed:
            return False
        return True

    async def _server_answers(self) -> None:
        """Raise NoAnswer unless the server says anything at all: it may keep its health from us."""
        try:
            await self._client.live(_SIGN_OF_LIFE)
        except NoAnswer:
            raise
        except CallFailed:
            return

    async def _model_answers(self, contract: Contract) -> None:
        await self._connection.mended()
        await self._probe(contract)

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
