"""A gRPC server: layers around every call, health, reflection, and a graceful end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.domain.errors import FailedPrecondition
from services.rpc.health_port import HealthPort
from services.rpc.interceptors.authentication import Authentication
from services.rpc.interceptors.deadlines import Deadlines
from services.rpc.interceptors.draining import Draining
from services.rpc.interceptors.layered import Layer, LayeredInterceptor
from services.rpc.interceptors.observation import Metrics
from services.rpc.interceptors.translation import translate_errors
from services.rpc.readiness import Reachable, Readiness, always
from services.rpc.service import Service
from services.rpc.settings import ServerSettings
from services.rpc.tokens import Verifier

if TYPE_CHECKING:
    from services.adapters.tracing.spans import Spans

_KEEPALIVE: Final = (
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class Server:
    """Serves one Service until drained."""

    def __init__(
        self,
        service: Service,
        verifier: Verifier,
        settings: ServerSettings,
        reachable: Reachable = always,
        *,
        spans: Spans | None = None,
    ) -> None:
        self.metrics = Metrics()
        self._service = service
        self._settings = settings
        self._draining = Draining()
        self._health = health.aio.HealthServicer()
        self._health_port = (
            HealthPort(self._health, settings.health_listen) if settings.health_listen else None
        )
        self.health_address = ""
        """host:port of the port for health alone; empty without one, or before the start."""
        names = [servicer.service_name for servicer in service.servicers]
        self._readiness = Readiness(self._health, names, reachable)
        layers: tuple[Layer, ...] = (
            *_followed(spans),  # outermost: what the others log belongs to the trace
            self.metrics,
            translate_errors,
            self._draining,
            Deadlines(settings.limits),
            Authentication(verifier),
        )
        self._server = grpc.aio.server(interceptors=[LayeredInterceptor(layers)], options=self._options())

    async def start(self) -> str:
        """Begin to serve; return the address, with the port that was taken.

        Raises FailedPrecondition where the address cannot be had.
        """
        names = [servicer.service_name for servicer in self._service.servicers]
        for servicer in self._service.servicers:
            servicer.register(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        address = self._bind()
        if self._health_port:
            self.health_address = await self._health_port.start()
        await self._server.start()
        await self._readiness.begin()
        return address

    async def drain(self) -> None:
        """Say NOT_SERVING, take calls until that is noticed, end endless streams, let the others finish."""
        await self._readiness.end()
        await asyncio.sleep(self._settings.notice_seconds)
        self._draining.begin()
        await self._server.stop(self._settings.drain_seconds)
        if self._health_port:
            await self._health_port.stop()

    def _bind(self) -> str:
        listen = self._settings.listen
        try:
            if self._settings.tls_certificate and self._settings.tls_key:
                pair = (self._settings.tls_key.read_bytes(), self._settings.tls_certificate.read_bytes())
                authority = (
                    self._settings.tls_client_ca.read_bytes() if self._settings.tls_client_ca else None
                )
                credentials = grpc.ssl_server_credentials(
                    [pair], root_certificates=authority, require_client_auth=authority is not None
                )
                port = self._server.add_secure_port(listen, credentials)
            else:
                port = self._server.add_insecure_port(listen)
        except RuntimeError:
            raise FailedPrecondition(f"cannot listen on {listen}: the address is taken or not ours") from None
        return listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"

    def _options(self) -> list[tuple[str, int]]:
        size = self._service.max_message
        return [
            *_KEEPALIVE,
            # Two servers on one port would silently share its calls.
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", size),
            ("grpc.max_send_message_length", size),
        ]


def _followed(spans: Spans | None) -> tuple[Layer, ...]:
    if spans is None:
        return ()
    from services.rpc.interceptors.tracing import Tracing  # only where spans go somewhere: it is slow to load

    return (Tracing(spans),)
