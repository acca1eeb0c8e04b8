"""Calls of a Triton server, each with a deadline; failures come in the engine's own words.

NVIDIA's tritonclient speaks to the server. It is imported by the first call, so that it costs nothing where
models run in this process.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from inference_core.engines.engine import Array, Outputs
from inference_core.engines.triton.failures import ForeignModel, failure_of
from inference_core.engines.triton.region import Place

if TYPE_CHECKING:
    from tritonclient.grpc import InferInput, InferResult
    from tritonclient.grpc.aio import InferenceServerClient

Response = TypeVar("Response")

_CONTROL_TIMEOUT = 5.0
_LOAD_TIMEOUT = 60.0
_LARGEST_MESSAGE = 256 * 2**20

_OPTIONS = (
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    # A server that was restarted is found again at once: by default gRPC waits for up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Two engines of one process share no connection, so that closing one leaves the other alone.
    ("grpc.use_local_subchannel_pool", 1),
)


class TritonClient:
    """One connection; made when it is first needed, and again whenever it broke.

    Args:
        address: host:port, or unix:path.
        headers: Sent with every call, to open what the server restricts.
    """

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._headers = dict(headers)

    @cached_property
    def _server(self) -> InferenceServerClient:
        # Made by the first call, for it belongs to the event loop that then runs.
        from tritonclient.grpc.aio import InferenceServerClient

        return InferenceServerClient(self._address, channel_args=_OPTIONS)

    async def infer(
        self, model: str, input_name: str, batch: Array, place: Place | None, timeout: float
    ) -> Outputs:
        """Run one batch.

        Args:
            model: Its name on the server.
            input_name: Of the model's one input.
            batch: [B, ...].
            place: Where the batch is in memory that the server shares; None sends its bytes.
            timeout: Seconds.

        Raises:
            CallFailed: See `failures`.
        """
        tensor = _input(input_name, batch, place)
        call = self._server.infer(model, [tensor], headers=self._headers, client_timeout=timeout)
        return _outputs(await _answered(call))

    async def live(self, timeout: float) -> None:
        """Ask for a sign of life, which says nothing about any model.

        Args:
            timeout: Seconds.

        Raises:
            CallFailed: See `failures`; only `NoAnswer` means that there is none.
        """
        await _answered(self._server.is_server_live(headers=self._headers, client_timeout=timeout))

    async def share(self, name: str, size: int) -> None:
        """Let the server map a shared memory object of that name and size in bytes.

        Raises:
            CallFailed: See `failures`.
        """
        await _answered(
            self._server.register_system_shared_memory(
                name, f"/{name}", size, headers=self._headers, client_timeout=_CONTROL_TIMEOUT
            )
        )

    async def unshare(self, name: str) -> None:
        """Let the server unmap it; refused for a moment after a request that read from it.

        Raises:
            CallFailed: See `failures`.
        """
        await _answered(
            self._server.unregister_system_shared_memory(
                name, headers=self._headers, client_timeout=_CONTROL_TIMEOUT
            )
        )

    async def shared(self) -> list[str]:
        """Return the names of all that the server has mapped.

        Raises:
            CallFailed: See `failures`.
        """
        status = await _answered(
            self._server.get_system_shared_memory_status(
                headers=self._headers, client_timeout=_CONTROL_TIMEOUT
            )
        )
        return list(status.regions)

    async def load(self, model: str) -> None:
        """Load a model of the server's repository.

        Raises:
            CallFailed: See `failures`.
        """
        await _answered(self._server.load_model(model, headers=self._headers, client_timeout=_LOAD_TIMEOUT))

    async def unload(self, model: str) -> None:
        """End the instances of a model.

        Raises:
            CallFailed: See `failures`.
        """
        await _answered(self._server.unload_model(model, headers=self._headers, client_timeout=_LOAD_TIMEOUT))

    async def close(self) -> None:
        """Break the connection; calls under way fail."""
        await self._server.close()


async def _answered(call: Awaitable[Response]) -> Response:
    """Return a call's answer; raise CallFailed."""
    from tritonclient.utils import InferenceServerException

    try:
        return await call
    except InferenceServerException as error:
        raise failure_of(error) from None


def _input(name: str, batch: Array, place: Place | None) -> InferInput:
    from tritonclient.grpc import InferInput
    from tritonclient.utils import np_to_triton_dtype

    tensor = InferInput(name, batch.shape, np_to_triton_dtype(batch.dtype))
    if place is None:
        return tensor.set_data_from_numpy(batch)
    return tensor.set_shared_memory(place.region, batch.nbytes, place.offset)


def _outputs(result: InferResult) -> Outputs:
    """Return the answer's arrays, which look into the response's own memory."""
    try:
        return {output.name: result.as_numpy(output.name) for output in result.get_response().outputs}
    except (struct.error, ValueError) as error:
        raise ForeignModel(f"the server's answer cannot be read: {error}") from error
