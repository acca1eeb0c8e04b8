"""A port of its own for health, in the clear: probes have no certificate to show."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health, health_pb2_grpc

from services.domain.errors import FailedPrecondition


class HealthPort:
    """Serves grpc.health.v1 and nothing else, also while the server beside it drains.

    Args:
        servicer: What that server's health says.
        listen: host:port; port 0 takes a free one.
    """

    def __init__(self, servicer: health.aio.HealthServicer, listen: str) -> None:
        self._servicer = servicer
        self._listen = listen
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])

    async def start(self) -> str:
        """Begin to serve; return the address. Raises FailedPrecondition where it cannot be had."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, self._server)
        try:
            port = self._server.add_insecure_port(self._listen)
        except RuntimeError:
            raise FailedPrecondition(
                f"cannot serve health on {self._listen}: the address is taken or not ours"
            ) from None
        await self._server.start()
        return f"{self._listen.rpartition(':')[0]}:{port}"

    async def stop(self) -> None:
        """Stop at once; whoever watches is told by the connection's end."""
        await self._server.stop(None)
