"""Running a service: its server and workers in one event loop until a signal ends them."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import warnings
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import uvloop
from prometheus_client import CollectorRegistry

from services.adapters.allocation import keep_freed_memory
from services.rpc.exposition import CallsCollector, exposed
from services.rpc.readiness import Reachable, always
from services.rpc.server import Server
from services.rpc.service import Service, Worker
from services.rpc.settings import ServerSettings
from services.rpc.tokens import Verifier

if TYPE_CHECKING:
    from services.adapters.tracing.spans import Spans

_log = logging.getLogger(__name__)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a program's main coroutine on uvloop.

    What Pillow warns of (broken EXIF, mostly) is kept with the asset that it concerns, not told on stderr.
    """
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
    keep_freed_memory()
    gc.freeze()  # to look through all modules for garbage again and again was 3 % of an upload's CPU time
    uvloop.run(main)


async def serve(
    service: Service,
    verifier: Verifier,
    settings: ServerSettings,
    *,
    announce: Callable[[str], None],
    stop: asyncio.Event | None = None,
    registry: CollectorRegistry | None = None,
    reachable: Reachable = always,
    spans: Spans | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, then drain; `announce` is told the address.

    Health says that the server is ready while `reachable` returns. Metrics, those of the registry and of the
    server, are served where the settings name a port for them.

    Calls are followed as spans where these go anywhere.

    Workers are stopped after the server has drained, for calls may still give them work. A worker that
    fails ends the whole process: half a service would look healthy and lose work.
    """
    stop = stop or asyncio.Event()
    _stop_on_signals(stop)
    server = Server(service, verifier, settings, reachable, spans=spans)
    registry = registry or CollectorRegistry()
    registry.register(CallsCollector(server.metrics))
    with ExitStack() as resources:
        if settings.metrics_port is not None:
            host = settings.metrics_host
            port = resources.enter_context(exposed(registry, settings.metrics_port, host))
            _log.info("metrics are at http://%s:%d/metrics", host, port)
        await _serve(server, service, announce, stop)


async def _serve(
    server: Server, service: Service, announce: Callable[[str], None], stop: asyncio.Event
) -> None:
    workers_stop = asyncio.Event()
    await _start(server, announce)
    async with asyncio.TaskGroup() as tasks:
        for worker in service.workers:
            tasks.create_task(_ending(worker, workers_stop))
        try:
            await stop.wait()
        finally:
            await server.drain()
            workers_stop.set()


async def _start(server: Server, announce: Callable[[str], None]) -> None:
    """Start the server and say where; a server whose address cannot be told does not stay."""
    address = await server.start()
    try:
        announce(address)
    except BaseException:
        await server.drain()
        raise


async def _ending(worker: Worker, stop: asyncio.Event) -> None:
    await worker(stop)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
