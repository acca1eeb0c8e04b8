"""Real servers on loopback, and clients that speak to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import grpc
import pytest

from services.rpc.channels import connect
from services.rpc.server import Server
from services.rpc.service import Service
from services.rpc.settings import ServerSettings
from services.rpc.tokens import LocalIssuer

Serving = Callable[..., AbstractAsyncContextManager[tuple[Server, str]]]
Connecting = Callable[..., AbstractAsyncContextManager[grpc.aio.Channel]]


@pytest.fixture
def issuer() -> LocalIssuer:
    return LocalIssuer(LocalIssuer.new_seed())


@pytest.fixture
def serving(issuer: LocalIssuer) -> Serving:
    """Serve a Service on a free port for as long as the context lasts."""

    @asynccontextmanager
    async def serve(service: Service, **settings: object) -> AsyncIterator[tuple[Server, str]]:
        chosen = {"listen": "127.0.0.1:0", "drain_seconds": 0.5} | settings
        server = Server(service, issuer.verifier(), ServerSettings(**chosen))  # type: ignore[arg-type]
        address = await server.start()
        try:
            yield server, address
        finally:
            await server.drain()

    return serve


@pytest.fixture
def client(issuer: LocalIssuer) -> Connecting:
    """Open a channel with an owner's token."""

    @asynccontextmanager
    async def open_channel(
        address: str, owner: str = "ana", token: str | None = None
    ) -> AsyncIterator[grpc.aio.Channel]:
        async with connect(address, lambda: token or issuer.mint(owner)) as channel:
            yield channel

    return open_channel
