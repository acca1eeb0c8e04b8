"""Running services over one data folder, without anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from prometheus_client import CollectorRegistry
from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.adapters.blob_host import FOLDER, BlobHost, known_blob_host
from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.adapters.metrics import PrometheusObserver
from services.adapters.vision_host import known_host
from services.domain.ports import Clock
from services.rpc.data_folder import DataFolder, default_data_folder
from services.rpc.running import run, serve
from services.rpc.service import Service
from services.rpc.settings import S3Settings, ServerSettings, TokenSettings

Assemble = Callable[[Ports], Service]


class FolderSettings(BaseSettings):
    """Which data folder, and where the models run, from the environment."""

    model_config = SettingsConfigDict(env_prefix="STORYROLL_", extra="ignore")

    data: Path = Field(default_factory=default_data_folder)
    vision: Annotated[str, AfterValidator(known_host)] = "local"
    """local, triton (a server of our own) or grpc://host:port."""
    blobs: Annotated[str, AfterValidator(known_blob_host)] = FOLDER
    """folder, seaweedfs (a server of our own) or s3://bucket/prefix."""


def run_alone(assemble: Assemble) -> None:
    """Run one service as a process of its own; raise FailedPrecondition where the folder is in use."""
    settings = FolderSettings()
    folder = DataFolder(settings.data)
    with folder.locked():
        serving = serve_folder(
            folder, assemble, ServerSettings(), SystemClock(), vision=settings.vision, blobs=settings.blobs
        )
        run(serving)


async def serve_folder(
    folder: DataFolder,
    assemble: Assemble,
    settings: ServerSettings,
    clock: Clock,
    *,
    vision: str,
    blobs: str,
) -> None:
    """Serve what is assembled over a folder that is locked, until a signal ends it.

    Args:
        folder: The data.
        assemble: Makes the service.
        settings: Of the server.
        clock: Tells the time.
        vision: Where the models run: local, triton or grpc://host:port.
        blobs: Where originals are: folder, seaweedfs or s3://bucket/prefix.
    """
    host = BlobHost(blobs, S3Settings().server())

    def announce(address: str) -> None:
        folder.remember_address(address)
        print(f"storyroll is ready at {address}, its data in {folder.path}; stop it with Ctrl-C", flush=True)  # noqa: T201

    registry = CollectorRegistry()
    async with open_local(folder.path, clock, vision, PrometheusObserver(registry), host) as ports:
        verifier = TokenSettings().verifier(folder.issuer())
        await serve(assemble(ports), verifier, settings, announce=announce, registry=registry)
