"""A server of Triton's protocol that says what a test tells it to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import numpy as np
from tritonclient.grpc.service_pb2 import (
    ModelInferRequest,
    ModelInferResponse,
    ServerLiveResponse,
    SystemSharedMemoryUnregisterResponse,
)
from tritonclient.grpc.service_pb2_grpc import (
    GRPCInferenceServiceServicer,
    add_GRPCInferenceServiceServicer_to_server,
)


class Server(GRPCInferenceServiceServicer):
    """Says `answer`, or fails with that status; keeps what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answer: ModelInferResponse | grpc.StatusCode = ModelInferResponse()
        self.words = "it is so\nand the stack says more"
        self.asked: list[ModelInferRequest] = []
        self.signs_of_life = 0
        self.headers: dict[str, str] = {}

    async def ModelInfer(self, request, context) -> ModelInferResponse:
        self.asked.append(request)
        self.headers = dict(context.invocation_metadata())
        if isinstance(self.answer, grpc.StatusCode):
            await context.abort(self.answer, self.words)
        return self.answer

    async def ServerLive(self, request, context) -> ServerLiveResponse:
        self.signs_of_life += 1
        return ServerLiveResponse(live=True)

    async def SystemSharedMemoryRegister(self, request, context) -> None:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "no memory is shared here")

    async def SystemSharedMemoryUnregister(self, request, context) -> SystemSharedMemoryUnregisterResponse:
        return SystemSharedMemoryUnregisterResponse()


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[Server]:
    """Let a server be reached while the block runs."""
    host = grpc.aio.server()
    add_GRPCInferenceServiceServicer_to_server(server, host)
    host.add_insecure_port(server.address)
    await host.start()
    yield server
    await host.stop(None)


def saying(**arrays: np.ndarray) -> ModelInferResponse:
    kinds = {"float32": "FP32", "int64": "INT64"}
    answer = ModelInferResponse(raw_output_contents=[array.tobytes() for array in arrays.values()])
    for name, array in arrays.items():
        answer.outputs.add(name=name, datatype=kinds[str(array.dtype)], shape=array.shape)
    return answer
