"""The composition root of the gateway, which needs no data folder: it asks a server over gRPC."""

from __future__ import annotations

import asyncio
import signal
import sys

from pydantic import ValidationError

from services.domain.errors import StoryrollError
from services.gateway.serve import serving_pages
from services.gateway.settings import GatewaySettings
from services.rpc.running import run
from services.rpc.telemetry import LogSettings, TraceSettings


async def serve(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with TraceSettings().spans("gateway") as spans:
        async with serving_pages(settings, spans) as address:
            print(f"pages of shared stories are at {address}/s/TOKEN/; stop with Ctrl-C", flush=True)  # noqa: T201
            await stop.wait()


def main() -> None:
    """Run it, with its settings from the environment; end with one sentence where something is wrong."""
    try:
        LogSettings().apply("gateway")
        run(serve(GatewaySettings()))
    except ValidationError as error:
        sys.exit("; ".join(f"{fault['loc']}: {fault['msg']}" for fault in error.errors()))
    except (StoryrollError, OSError) as error:
        sys.exit(str(error))
