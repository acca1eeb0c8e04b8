"""All services in one process: the composition root behind `storyroll up`."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.adapters.blob_host import SEAWEEDFS
from services.adapters.bundle import Ports
from services.adapters.bus_choice import NATS
from services.adapters.clock import clock_of
from services.adapters.database_choice import POSTGRES, is_shared
from services.adapters.nats.install import NATS_SERVER
from services.adapters.postgres.install import POSTGRES as POSTGRES_PROGRAM
from services.adapters.seaweedfs.install import SEAWEEDFS as SEAWEEDFS_PROGRAM
from services.adapters.vision_host import vision_kind
from services.cli.forking import without_fork_handlers
from services.cli.needed import ensure, ensure_models, ensure_triton
from services.consent.main import assemble as consent
from services.consent.settings import ConsentSettings
from services.gateway.serve import pages_worker
from services.gateway.settings import GatewaySettings
from services.inference.main import assemble as inference
from services.inference.settings import InferenceSettings
from services.metadata.main import assemble as metadata
from services.metadata.settings import MetadataSettings
from services.rpc.alone import Places, serve_folder
from services.rpc.data_folder import DataFolder
from services.rpc.running import run
from services.rpc.service import Service, Worker
from services.rpc.settings import ServerSettings
from services.scheduler.main import assemble as scheduler
from services.scheduler.settings import SchedulerSettings
from services.suggestion.main import assemble as suggestion
from services.suggestion.settings import SuggestionSettings
from services.upload.main import assemble as upload
from services.upload.settings import UploadSettings

_TRITON: Final = "triton"
_OWN_SERVERS: Final = frozenset({_TRITON, SEAWEEDFS, POSTGRES, NATS})


def run_everything(
    folder: DataFolder,
    settings: ServerSettings,
    places: Places,
    *,
    today: date | None,
    gateway_port: int | None,
) -> None:
    """Build and install what is missing, serve until a signal.

    Raises:
        FailedPrecondition: The folder is in use, or blobs or records cannot be kept where they shall be.
        ModelError: A model cannot be built, and what to do about it.
        ServingError: Triton cannot be installed here, and what to do about it.
    """
    if _OWN_SERVERS & {vision_kind(places.vision), places.blobs, places.database, places.bus}:
        without_fork_handlers()  # they are started again whenever they end
    with folder.locked(shared=is_shared(places.database)):
        ensure_models()
        if vision_kind(places.vision) == _TRITON:
            ensure_triton()
        if places.blobs == SEAWEEDFS:
            ensure(SEAWEEDFS_PROGRAM)
        if places.database == POSTGRES:
            ensure(POSTGRES_PROGRAM)
        if places.bus == NATS:
            ensure(NATS_SERVER)
        folder.remember_pages("")
        pages = () if gateway_port is None else (_pages(folder, gateway_port),)

        def assemble(ports: Ports) -> Service:
            return Service.joined((everything(ports), Service(workers=pages)))

        run(serve_folder(folder, assemble, settings, clock_of(today), places))


def _pages(folder: DataFolder, port: int) -> Worker:
    """Return what serves the pages of shared stories, beside the server of this folder."""

    def announce(address: str) -> None:
        folder.remember_pages(address)
        print(f"pages of shared stories are at {address}/s/TOKEN/", flush=True)

    return pages_worker(lambda: GatewaySettings(port=port, server=folder.address()), announce)


def everything(ports: Ports) -> Service:
    """Return all services as one, with their settings from the environment."""
    return Service.joined(
        (
            consent(ports, ConsentSettings()),
            upload(ports, UploadSettings()),
            metadata(ports, MetadataSettings()),
            inference(ports, InferenceSettings()),
            suggestion(ports, SuggestionSettings()),
            scheduler(ports, SchedulerSettings()),
        )
    )
