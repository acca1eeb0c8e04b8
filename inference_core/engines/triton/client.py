"""Calls of a Triton server, each with a deadline; failures come in the engine's own words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import grpc
import numpy as np

from inference_core.engines.engine import Array, Outputs
from inference_core.engines.triton.failures import ForeignModel, failure_of
from inference_core.engines.triton.protocol import inference_pb2 as pb
from inference_core.engines.triton.protocol.inference_pb2_grpc import GRPCInferenceServiceStub
from inference_core.engines.triton.region import Place

if TYPE_CHECKING:
    from inference_core.engines.triton.protocol.inference_pb2_grpc import GRPCInferenceServiceAsyncStub

Request = TypeVar("Request")
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

_NUMPY_OF = {"UINT8": np.uint8, "INT64": np.int64, "FP32": np.float32}
_TRITON_OF = {np.dtype(kind): name for name, kind in _NUMPY_OF.items()}


class TritonClient:
    """One connection; made when it is first needed, and again whenever it broke.

    Args:
        address: host:port, or unix:path.
        headers: Sent with every call, to open what the server restricts.
    """

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._metadata = tuple(headers.items())

    @cached_property
    def _channel(self) -> grpc.aio.Channel:
        # Made by the first call, for it belongs to the event loop that then runs.
        return grpc.aio.insecure_channel(self._address, options=_OPTIONS)

    @cached_property
    def _stub(self) -> GRPCInferenceServiceAsyncStub:
        return GRPCInferenceServiceStub(self._channel)

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
        request = pb.ModelInferRequest(model_name=model)
        tensor = request.inputs.add(name=input_name, datatype=_TRITON_OF[batch.dtype], shape=batch.shape)
        if place is None:
            request.raw_input_contents.append(batch.tobytes())
        else:
            tensor.parameters["shared_memory_region"].string_param = place.region
            tensor.parameters["shared_memory_offset"].int64_param = place.offset
            tensor.parameters["shared_memory_byte_size"].int64_param = batch.nbytes
        return _outputs(await self._call(self._stub.ModelInfer, request, timeout))

    async def share(self, name: str, size: int) -> None:
        """Let the server map a shared memory object of that name and size in bytes.

        Raises:
            CallFailed: See `failures`.
        """
        request = pb.SystemSharedMemoryRegisterRequest(name=name, key=f"/{name}", byte_size=size)
        await self._call(self._stub.SystemSharedMemoryRegister, request, _CONTROL_TIMEOUT)

    async def unshare(self, name: str) -> None:
        """Let the server unmap it; refused for a moment after a request that read from it.

        Raises:
            CallFailed: See `failures`.
        """
        request = pb.SystemSharedMemoryUnregisterRequest(name=name)
        await self._call(self._stub.SystemSharedMemoryUnregister, request, _CONTROL_TIMEOUT)

    async def shared(self) -> list[str]:
        """Return the names of all that the server has mapped.

        Raises:
            CallFailed: See `failures`.
        """
        request = pb.SystemSharedMemoryStatusRequest()
        status = await self._call(self._stub.SystemSharedMemoryStatus, request, _CONTROL_TIMEOUT)
        return list(status.regions)

    async def load(self, model: str) -> None:
        """Load a model of the server's repository.

        Raises:
            CallFailed: See `failures`.
        """
        request = pb.RepositoryModelLoadRequest(model_name=model)
        await self._call(self._stub.RepositoryModelLoad, request, _LOAD_TIMEOUT)

    async def unload(self, model: str) -> None:
        """End the instances of a model.

        Raises:
            CallFailed: See `failures`.
        """
        request = pb.RepositoryModelUnloadRequest(model_name=model)
        await self._call(self._stub.RepositoryModelUnload, request, _LOAD_TIMEOUT)

    async def close(self) -> None:
        """Break the connection; calls under way fail."""
        await self._channel.close()

    async def _call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request, timeout: float
    ) -> Response:
        try:
            return await method(request, timeout=timeout, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise failure_of(error) from None


def _outputs(response: pb.ModelInferResponse) -> Outputs:
    """Return the answer's arrays, which look into the response's own memory."""
    try:
        return {
            output.name: np.frombuffer(data, _NUMPY_OF[output.datatype]).reshape(tuple(output.shape))
            for output, data in zip(response.outputs, response.raw_output_contents, strict=True)
        }
    except (KeyError, ValueError) as error:
        raise ForeignModel(f"the server's answer cannot be read: {error}") from error
