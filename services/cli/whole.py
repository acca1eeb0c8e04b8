"""All services in one process: the composition root behind `storyroll up`."""

from __future__ import annotations

from datetime import UTC, datetime, time

from rich.console import Console

from inference_core.models.build import build_models, list_models
from inference_core.serving.install import install_triton
from services.adapters.blob_host import SEAWEEDFS
from services.adapters.bundle import Ports
from services.adapters.bus_choice import NATS
from services.adapters.clock import FixedClock, SystemClock
from services.adapters.database_choice import POSTGRES, is_shared
from services.adapters.nats.install import NATS_SERVER
from services.adapters.pinned_program import PinnedProgram
from services.adapters.postgres.install import POSTGRES as POSTGRES_PROGRAM
from services.adapters.seaweedfs.install import SEAWEEDFS as SEAWEEDFS_PROGRAM
from services.adapters.vision_host import vision_kind
from services.consent.main import assemble as consent
from services.consent.settings import ConsentSettings
from services.domain.ports import Clock
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


def run_everything(
    folder: DataFolder,
    listen: str,
    today: datetime | None,
    places: Places,
    *,
    metrics_port: int | None,
    gateway_port: int | None,
) -> None:
    """Build and install what is missing, serve until a signal.

    Raises:
        FailedPrecondition: The folder is in use, or blobs or records cannot be kept where they shall be.
        ModelError: A model cannot be built, and what to do about it.
        ServingError: Triton cannot be installed here, and what to do about it.
    """
    settings = ServerSettings(listen=listen, metrics_port=metrics_port)
    with folder.locked(shared=is_shared(places.database)):
        _ensure_models()
        if vision_kind(places.vision) == "triton":
            _ensure_triton()
        if places.blobs == SEAWEEDFS:
            _ensure(SEAWEEDFS_PROGRAM)
        if places.database == POSTGRES:
            _ensure(POSTGRES_PROGRAM)
        if places.bus == NATS:
            _ensure(NATS_SERVER)
        folder.remember_pages("")
        pages = () if gateway_port is None else (_pages(folder, gateway_port),)

        def assemble(ports: Ports) -> Service:
            return Service.joined((everything(ports), Service(workers=pages)))

        run(serve_folder(folder, assemble, settings, _clock(today), places))


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


def _ensure_models() -> None:
    """Build what is missing, once; raise ModelError, which says what to do."""
    if all(model.path for model in list_models() if not model.spec.optional):
        return
    with Console(stderr=True).status("building the models, once") as status:
        build_models(progress=status.update)


def _ensure_triton() -> None:
    """Install what is missing, once; raise ServingError, which says what to do."""
    console = Console(stderr=True)
    with console.status("looking for Triton"):
        # It takes minutes: a line that stays is seen in a log as well.
        install_triton(lambda step: console.print(f"{step} ..."))


def _ensure(program: PinnedProgram) -> None:
    """Install what is missing, once; raise FailedPrecondition, which says what to do."""
    with Console(stderr=True).status(f"looking for {program.title}") as status:
        program.install(status.update)


def _clock(today: datetime | None) -> Clock:
    """Return the time of this machine, or noon of the chosen day, which then runs on."""
    return FixedClock(datetime.combine(today, time(12), UTC)) if today else SystemClock()
