"""The composition root of the gateway, which needs no data folder: it asks a server over gRPC."""

from __future__ import annotations

import asyncio
import signal

from services.gateway.serve import serving_pages
from services.gateway.settings import GatewaySettings
from services.rpc.running import run


async def serve() -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving_pages(GatewaySettings()) as address:
        print(f"pages of shared stories are at {address}/s/TOKEN/; stop with Ctrl-C", flush=True)  # noqa: T201
        await stop.wait()


if __name__ == "__main__":
    run(serve())
