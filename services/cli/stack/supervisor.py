"""Runs the stack: stores first, then services and the entry; ends them in the opposite order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.adapters.envoy.install import ENVOY
from services.adapters.envoy.server import EnvoyServer
from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.cli.forking import without_fork_handlers
from services.cli.stack.desk import FrontDesk
from services.cli.stack.entry import entry_address, entry_routes, entry_tls
from services.cli.stack.log import one_log
from services.cli.stack.programs import Stores, install_programs, open_stores, triton_or_local
from services.cli.stack.services import StackService, pages_process, stack_services
from services.rpc.alone import Places
from services.rpc.data_folder import DataFolder
from services.rpc.logs import LogFormat
from services.rpc.running import run
from services.rpc.settings import ServerSettings


def run_stack(
    folder: DataFolder,
    settings: ServerSettings,
    places: Places,
    own: Mapping[str, str],
    *,
    gateway_port: int | None,
    log_format: LogFormat = LogFormat.TEXT,
    schedulers: int = 1,
) -> None:
    """Build and install what is missing, run everything until a signal.

    Args:
        folder: Where the servers of our own keep what they keep.
        settings: Of the entry; services are behind it.
        places: Where models run (empty: wherever they can) and data is kept; what one process alone can use
            stands for a server of our own.
        own: What services find in their environment beside ours.
        gateway_port: Where pages of shared stories are; None or 0 takes a free port.
        log_format: How the one log looks.
        schedulers: How many divide owners among themselves.

    Raises:
        FailedPrecondition: The folder or an address is in use, or a program cannot be had, and what to do.
        ModelError: A model cannot be built, and what to do about it.
        Unavailable: Something does not come up.
    """
    without_fork_handlers()
    with folder.locked():
        install_programs(places)
        vision = places.vision or triton_or_local()
        folder.remember_pages("")
        folder.issuer()  # makes its key, before six processes find that there is none
        running = _run(
            folder,
            settings,
            places,
            own,
            vision=vision,
            gateway_port=gateway_port,
            log_format=log_format,
            schedulers=schedulers,
        )
        run(running)


async def _run(
    folder: DataFolder,
    settings: ServerSettings,
    places: Places,
    own: Mapping[str, str],
    *,
    vision: str,
    gateway_port: int | None,
    log_format: LogFormat,
    schedulers: int,
) -> None:
    stop = _signalled()
    async with open_stores(places, folder.path) as stores:
        environment = {**stores.environment, **own}
        services = await asyncio.to_thread(
            stack_services, folder.path, environment, vision, settings.metrics_port, schedulers
        )
        await _serve(
            folder,
            settings,
            stores,
            services,
            stop=stop,
            gateway_port=gateway_port,
            log_format=log_format,
        )


async def _serve(
    folder: DataFolder,
    settings: ServerSettings,
    stores: Stores,
    services: Sequence[StackService],
    *,
    stop: asyncio.Event,
    gateway_port: int | None,
    log_format: LogFormat,
) -> None:
    desk_port, pages_port = free_ports(2)
    pages_port = gateway_port or pages_port
    address, desk_address = entry_address(settings.listen), f"127.0.0.1:{desk_port}"
    envoy = EnvoyServer(
        ENVOY.install(),
        folder.path / "envoy",
        address,
        entry_routes(services, desk_address),
        entry_tls(settings),
    )
    pages, pages_log = pages_process(folder.path, services, pages_port)
    desk = FrontDesk(services)
    logs = {**stores.logs, "envoy": envoy.log, "gateway": pages_log, **_logs(services, folder.path)}
    async with (
        one_log(logs, _say, log_format),
        desk.serving(desk_address),
        kept_together([envoy.process, pages]),
        kept_together(service.process for service in services),
    ):
        if await _before(stop, desk.all_ready()):
            folder.remember_address(address)
            folder.remember_pages(f"http://127.0.0.1:{pages_port}")
            _say(f"pages of shared stories are at http://127.0.0.1:{pages_port}/s/TOKEN/")
            _say(f"storyroll is ready at {address}, its data in {folder.path}; stop it with Ctrl-C")
            await stop.wait()
        _say("storyroll stops: services finish what is under way, then the stores end")


@asynccontextmanager
async def kept_together(processes: Iterable[KeptProcess]) -> AsyncIterator[None]:
    """Keep all of them running for as long as the block lasts; end them side by side."""
    over = asyncio.Event()

    async def keep(process: KeptProcess) -> None:
        async with process.kept():
            await over.wait()

    keeping = [asyncio.create_task(keep(process)) for process in processes]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*keeping)


async def _before(stop: asyncio.Event, wanted: Coroutine[Any, Any, None]) -> bool:
    """Wait for what is wanted, or until told to stop; tell whether it came first."""
    tasks = asyncio.create_task(wanted), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
        return tasks[0].done() and not stop.is_set()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _logs(services: Iterable[StackService], folder: Path) -> dict[str, Path]:
    files = {service.name: service.log for service in services}
    # The inference service runs Triton as a process of its own.
    return files | {"triton": folder / "services" / "inference" / "triton.log"}


def _signalled() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _say(line: str) -> None:
    print(line, flush=True)
