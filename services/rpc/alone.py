"""Running services over one data folder, without anything else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from prometheus_client import CollectorRegistry
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference_core.models.errors import ModelError
from inference_core.observe import Observer
from inference_core.serving.errors import ServingError
from services.adapters.blob_host import FOLDER, BlobHost, known_blob_host
from services.adapters.bundle import Ports
from services.adapters.bus_choice import OUTBOX, known_bus_host
from services.adapters.clock import clock_of
from services.adapters.database_choice import SQLITE, is_shared, known_database
from services.adapters.lag_metrics import LagGauges
from services.adapters.local import open_local
from services.adapters.vision_host import known_host
from services.adapters.vision_metrics import PrometheusObserver
from services.adapters.work_metrics import WorkMetrics
from services.domain.errors import StoryrollError
from services.domain.ports import Clock, WorkObserver
from services.rpc.data_folder import DataFolder, default_data_folder
from services.rpc.running import run, serve
from services.rpc.service import Service
from services.rpc.settings import BusSettings, DatabaseSettings, S3Settings, ServerSettings, TokenSettings
from services.rpc.telemetry import LogSettings, TraceSettings

if TYPE_CHECKING:
    from services.adapters.tracing.spans import Spans

Assemble = Callable[[Ports], Service]


@dataclass(frozen=True, slots=True)
class Places:
    """Where models run and data is kept."""

    vision: str = "local"
    """local, triton or grpc://host:port."""
    blobs: str = FOLDER
    """folder, seaweedfs or s3://bucket/prefix."""
    database: str = field(default=SQLITE, repr=False)
    """sqlite, postgres or postgresql://user:password@host/database."""
    bus: str = OUTBOX
    """outbox, nats or nats://host:port."""


def _known_database(where: SecretStr) -> SecretStr:
    known_database(where.get_secret_value())
    return where


class FolderSettings(BaseSettings):
    """Which data folder, and where the models run, from the environment."""

    model_config = SettingsConfigDict(env_prefix="STORYROLL_", extra="ignore", use_attribute_docstrings=True)

    data: Path = Field(default_factory=default_data_folder)
    """The folder of keys and short-lived files, and of all that is not kept elsewhere."""
    vision: Annotated[str, AfterValidator(known_host)] = "local"
    """local, triton (a server of our own) or grpc://host:port."""
    blobs: Annotated[str, AfterValidator(known_blob_host)] = FOLDER
    """folder, seaweedfs (a server of our own) or s3://bucket/prefix."""
    database: Annotated[SecretStr, AfterValidator(_known_database)] = SecretStr(SQLITE)
    """sqlite, postgres (a server of our own) or postgresql://user:password@host/database, which is shared."""
    bus: Annotated[str, AfterValidator(known_bus_host)] = OUTBOX
    """outbox, nats (a server of our own) or nats://host:port, which processes of one database share."""
    today: date | None = None
    """The day on which stories are proposed, for trials: YYYY-MM-DD."""

    def places(self) -> Places:
        """Return where everything is."""
        return Places(self.vision, self.blobs, self.database.get_secret_value(), self.bus)


def run_alone(name: str, assemble: Assemble) -> None:
    """Run one service as a process of its own; end with one sentence where something is not as it must be.

    Over a database that is shared, several services may use the folder at once.

    Args:
        name: What the log and traces call it.
        assemble: Makes the service.
    """
    try:
        settings = FolderSettings()
        LogSettings().apply(name)
        folder, places = DataFolder(settings.data), settings.places()
        with folder.locked(shared=is_shared(places.database)):
            clock = clock_of(settings.today)
            run(serve_folder(folder, assemble, ServerSettings(), clock, places, name=name))
    except ValidationError as error:
        sys.exit("; ".join(f"{fault['loc']}: {fault['msg']}" for fault in error.errors()))
    except (StoryrollError, ModelError, ServingError, OSError) as error:
        sys.exit(str(error))


async def serve_folder(
    folder: DataFolder,
    assemble: Assemble,
    settings: ServerSettings,
    clock: Clock,
    places: Places,
    *,
    name: str = "storyroll",
) -> None:
    """Serve what is assembled over a folder that is locked, until a signal ends it.

    Args:
        folder: The data.
        assemble: Makes the service.
        settings: Of the server.
        clock: Tells the time.
        places: Where models run and data is kept.
        name: What traces call this process.
    """
    blobs = BlobHost(places.blobs, S3Settings().server())
    database = DatabaseSettings().host(places.database)
    bus = BusSettings().host(places.bus)

    def announce(address: str) -> None:
        folder.remember_address(address)
        print(f"storyroll is ready at {address}, its data in {folder.path}; stop it with Ctrl-C", flush=True)  # noqa: T201

    registry = CollectorRegistry()
    async with AsyncExitStack() as resources:
        spans = resources.enter_context(TraceSettings().spans(name))
        vision, work = observers(registry, spans)
        opening = open_local(
            folder.path, clock, places.vision, vision, blobs=blobs, database=database, bus=bus, work=work
        )
        ports = await resources.enter_async_context(opening)
        verifier = TokenSettings().verifier(folder.issuer())
        gauges = Service(workers=(LagGauges(ports.bus, registry).run,))
        await serve(
            Service.joined((assemble(ports), gauges)),
            verifier,
            settings,
            announce=announce,
            registry=registry,
            reachable=ports.reachable,
            spans=spans,
        )


def observers(registry: CollectorRegistry, spans: Spans | None) -> tuple[Observer, WorkObserver]:
    """Return who is told of the inference core's work, and of services': metrics, and traces if any."""
    vision, work = PrometheusObserver(registry), WorkMetrics(registry)
    if spans is None:
        return vision, work
    from services.adapters.tracing.observers import TracedVision, TracedWork

    return TracedVision(spans, vision), TracedWork(spans, work)
