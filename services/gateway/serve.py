"""Serving the pages of shared stories over HTTP, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Middleware

from services.domain.errors import FailedPrecondition
from services.gateway.settings import GatewaySettings
from services.gateway.story_page.site import story_site
from services.rpc.channels import ClientCertificate, connect
from services.rpc.service import Worker
from services.rpc.story_viewer import StoryViewer

if TYPE_CHECKING:
    from services.adapters.tracing.spans import Spans


@asynccontextmanager
async def serving_pages(settings: GatewaySettings, spans: Spans | None = None) -> AsyncIterator[str]:
    """Serve for as long as the block lasts; yield where. Raises FailedPrecondition where the port is taken.

    Requests are not logged: their paths are what lets others in. They are followed where spans go anywhere.
    """
    roots, certificate = await asyncio.to_thread(_credentials, settings)
    async with connect(
        settings.server, lambda: "", root_certificates=roots, certificate=certificate
    ) as channel:
        runner = web.AppRunner(
            story_site(StoryViewer(channel), _around(spans)), access_log=None, handle_signals=False
        )
        await runner.setup()
        try:
            yield await _listen(runner, settings.host, settings.port)
        finally:
            await runner.cleanup()


def _around(spans: Spans | None) -> tuple[Middleware, ...]:
    if spans is None:
        return ()
    from services.gateway.story_page.following import (
        followed,
    )  # only where spans go somewhere: it is slow to load

    return (followed(spans),)


def _credentials(settings: GatewaySettings) -> tuple[bytes | None, ClientCertificate | None]:
    """Return whom to trust (PEM), and who we are to a server that asks."""
    roots = settings.server_ca.read_bytes() if settings.server_ca else None
    if not (settings.server_certificate and settings.server_key):
        return roots, None
    return roots, ClientCertificate(
        settings.server_certificate.read_bytes(), settings.server_key.read_bytes()
    )


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        raise FailedPrecondition(
            f"cannot serve pages on {host}:{port}: the port is taken or not ours"
        ) from None
    taken = runner.addresses[0]
    return f"http://{taken[0]}:{taken[1]}"


def pages_worker(settings: Callable[[], GatewaySettings], announce: Callable[[str], None]) -> Worker:
    """Return what serves beside a server that is only found once it has begun; `announce` is told where."""

    async def serve(stop: asyncio.Event) -> None:
        async with serving_pages(settings()) as address:
            announce(address)
            await stop.wait()

    return serve
