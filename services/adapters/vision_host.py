"""Where the models run: in this process, on a Triton server of our own, or on one that runs elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from inference_core.analyzer import Analyzer
from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer
from inference_core.models.errors import ModelError
from inference_core.models.repository import default_repository, write_repository
from inference_core.observe import Observer, Unobserved
from inference_core.remote import triton_analyzer
from inference_core.serving.errors import ServingError
from inference_core.serving.install import install_triton
from inference_core.serving.server import TritonServer
from services.adapters.vision import CoreVision
from services.domain.errors import Unavailable

_RETRY_AFTER = 30.0

Kind = Literal["local", "triton", "grpc"]


def vision_kind(host: str) -> Kind:
    """Return what kind of place `local`, `triton` or `grpc://host:port` is.

    Raises:
        ValueError: It is none of them.
    """
    if host in ("local", "triton"):
        return "local" if host == "local" else "triton"
    _remote_address(host)
    return "grpc"


def known_host(host: str) -> str:
    """Return the place as it was given; raises ValueError as `vision_kind` does."""
    vision_kind(host)
    return host


@asynccontextmanager
async def open_vision(
    host: str, pool: IsolatedPool, log: Path, observer: Observer = Unobserved()
) -> AsyncIterator[CoreVision]:
    """Look at pictures with models that run where `host` says; a server of our own ends with the block.

    Args:
        host: `local`, `triton` or `grpc://host:port`.
        pool: Decodes what might crash; its owner closes it.
        log: The file that a server of our own writes to.
        observer: Is told what happens.

    Raises:
        ValueError: See `vision_kind`.
        Unavailable: A server of our own cannot be installed or started, and why.
    """
    async with AsyncExitStack() as resources:
        analyzer = await _analyzer_at(host, resources, log)
        vision = CoreVision(partial(analyzer, pool, observer=observer))
        resources.push_async_callback(vision.close)
        yield vision


async def _analyzer_at(host: str, resources: AsyncExitStack, log: Path) -> Callable[..., Analyzer]:
    """Return what makes an analyzer from a pool; what it needs to live is entered into `resources`."""
    match vision_kind(host):
        case "local":
            return local_analyzer
        case "grpc":
            return partial(triton_analyzer, address=_remote_address(host))
        case "triton":
            server = await _started(resources, log)
            # It runs on CPUs: as in `local_analyzer`, larger batches only make cores wait.
            return partial(
                triton_analyzer, address=server.address, headers=server.headers, proves=True, max_batch=2
            )


async def _started(resources: AsyncExitStack, log: Path) -> TritonServer:
    try:
        installation = await asyncio.to_thread(install_triton)
        repository = default_repository("wheel")
        await asyncio.to_thread(write_repository, "wheel", repository)
        return await resources.enter_async_context(TritonServer.open(installation, repository, log))
    except ServingError as error:
        raise Unavailable(f"{error} See {log}.", _RETRY_AFTER) from error
    except ModelError as error:
        raise Unavailable(str(error), _RETRY_AFTER) from error


def _remote_address(host: str) -> str:
    try:
        parts = urlsplit(host)
        if parts.scheme == "grpc" and parts.hostname and parts.port and not parts.path:
            return parts.netloc
    except ValueError:
        # urlsplit refuses ports that are none.
        pass
    raise ValueError(f"{host!r} is no place for vision: give local, triton or grpc://host:port")
