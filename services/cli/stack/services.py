"""The services of the stack: what each answers, where, and what it finds in its environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from google.protobuf.descriptor import FileDescriptor
from storyroll.consent.v1 import consent_pb2
from storyroll.inference.v1 import inference_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2
from storyroll.upload.v1 import upload_pb2

from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.rpc.settings import ServerSettings

_ANSWERED: Final[Mapping[str, FileDescriptor | None]] = {
    "consent": consent_pb2.DESCRIPTOR,
    "upload": upload_pb2.DESCRIPTOR,
    "metadata": metadata_pb2.DESCRIPTOR,
    "inference": inference_pb2.DESCRIPTOR,
    "suggestion": suggestion_pb2.DESCRIPTOR,
    "scheduler": None,
}
_SCHEDULER: Final = "scheduler"
_OWN_TO_EACH: Final = frozenset(f"STORYROLL_{name.upper()}" for name in ServerSettings.model_fields) - {
    "STORYROLL_DRAIN_SECONDS",
    "STORYROLL_LIMITS",
}
"""What was set for the stack as a whole: its entry speaks to clients, services to the entry alone."""
_SHARED: Final = "storyroll.suggestion.v1.SharedStoryService"
_BEYOND_DRAINING_S: Final = 15.0
"""After its calls a service ends its workers and connections."""


@dataclass(frozen=True, slots=True)
class StackService:
    """One service, as a process of its own."""

    name: str
    address: str
    """host:port."""
    log: Path
    process: KeptProcess
    answers: FileDescriptor | None = None
    """The file of the protos whose calls it answers; None where it answers none."""

    @property
    def names(self) -> tuple[str, ...]:
        """The full names of the gRPC services that it answers."""
        return (
            tuple(each.full_name for each in self.answers.services_by_name.values()) if self.answers else ()
        )


def stack_services(
    folder: Path, stores: Mapping[str, str], vision: str, metrics_port: int | None, schedulers: int = 1
) -> Sequence[StackService]:
    """Return all services of the stack, none of which runs yet.

    Each has a folder of its own below `folder`/services, for what is short-lived there is nobody else's. The
    keys in it are those of all.

    Args:
        folder: The data folder of the stack.
        stores: Environment variables that say where the stores are.
        vision: Where the inference service's models run.
        metrics_port: Where the first one serves metrics, and the others above it; None serves none, 0 takes
            free ports.
        schedulers: How many divide owners among themselves.
    """
    names = [*_ANSWERED, *(f"{_SCHEDULER}-{number}" for number in range(2, schedulers + 1))]
    services = []
    for place, (name, port) in enumerate(zip(names, free_ports(len(names)), strict=True)):
        own = {"STORYROLL_VISION": vision if name == "inference" else "local"}
        if metrics_port is not None:
            own["STORYROLL_METRICS_PORT"] = str(metrics_port and metrics_port + place)
        services.append(_service(name, f"127.0.0.1:{port}", folder, {**stores, **own}))
    return services


def pages_process(folder: Path, services: Sequence[StackService], port: int) -> tuple[KeptProcess, Path]:
    """Return the gateway, which asks the service that tells shared stories, and its log."""
    (server,) = (service.address for service in services if _SHARED in service.names)
    home = _home(folder, "gateway")
    environment = {
        "STORYROLL_GATEWAY_HOST": "127.0.0.1",
        "STORYROLL_GATEWAY_PORT": str(port),
        "STORYROLL_GATEWAY_SERVER": server,
    }
    log = home / "service.log"
    return KeptProcess("gateway", _command("gateway"), log, environment), log


def _service(name: str, address: str, folder: Path, environment: Mapping[str, str]) -> StackService:
    home = _home(folder, name)
    _lend_keys(home, folder / "keys")
    own = {**environment, "STORYROLL_DATA": str(home), "STORYROLL_LISTEN": address}
    log = home / "service.log"
    drain = ServerSettings(listen=address).drain_seconds
    kind = name.partition("-")[0]
    process = KeptProcess(
        name, _command(kind), log, own, patience=drain + _BEYOND_DRAINING_S, without=_OWN_TO_EACH
    )
    return StackService(name, address, log, process, _ANSWERED[kind])


def _home(folder: Path, name: str) -> Path:
    home = folder / "services" / name
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "service.log").unlink(missing_ok=True)
    return home


def _lend_keys(home: Path, keys: Path) -> None:
    lent = home / "keys"
    if not lent.is_symlink():
        lent.symlink_to(keys, target_is_directory=True)


def _command(name: str) -> Sequence[str]:
    return (sys.executable, "-P", "-m", f"services.{name}")
