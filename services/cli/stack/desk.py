"""The front desk: health and reflection of all services as of one, beside the entry that hands on calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.cli.stack.services import StackService
from services.domain.errors import Unavailable
from services.rpc.readiness import READY

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
_EVERY_S: Final = 1.0
_OFTEN_S: Final = 0.2
_ANSWER_S: Final = 3.0
_STARTING_S: Final = 300.0
"""On a machine that does much else, imports have taken one minute."""
_CHANNEL: Final = (("grpc.max_reconnect_backoff_ms", 1000), ("grpc.initial_reconnect_backoff_ms", 100))


class FrontDesk:
    """Asks each service whether it is ready, and says so for all of them."""

    def __init__(self, services: Sequence[StackService]) -> None:
        self._services = services
        self._health = health.aio.HealthServicer()
        self._ready: dict[str, bool] = {}

    @asynccontextmanager
    async def serving(self, listen: str) -> AsyncIterator[None]:
        """Serve at host:port, and keep asking, for as long as the block lasts."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [name for service in self._services for name in service.names]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
        server.add_insecure_port(listen)
        await server.start()
        asking = [asyncio.create_task(self._watch(service)) for service in self._services]
        try:
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            await server.stop(None)

    async def all_ready(self) -> None:
        """Wait until every service is; raise Unavailable when that takes too long."""
        try:
            async with asyncio.timeout(_STARTING_S):
                while missing := self._missing():  # noqa: ASYNC110 - services do not tell, they are asked
                    await asyncio.sleep(_OFTEN_S)
        except TimeoutError:
            raise Unavailable(f"{', '.join(missing)}: not ready yet; the log says why") from None

    def _missing(self) -> list[str]:
        return [service.name for service in self._services if not self._ready.get(service.name)]

    async def _watch(self, service: StackService) -> None:
        async with grpc.aio.insecure_channel(service.address, options=_CHANNEL) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while True:
                ready = await _is_ready(stub)
                await self._say(service, ready=ready)
                await asyncio.sleep(_EVERY_S if ready else _OFTEN_S)

    async def _say(self, service: StackService, *, ready: bool) -> None:
        if self._ready.get(service.name) is ready:
            return
        self._ready[service.name] = ready
        for name in service.names:
            await self._health.set(name, _SERVING if ready else _NOT_SERVING)
        await self._health.set(READY, _NOT_SERVING if self._missing() else _SERVING)


async def _is_ready(stub: Any) -> bool:
    try:
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=READY), timeout=_ANSWER_S)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == _SERVING)
