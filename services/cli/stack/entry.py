"""The one address for clients: which calls go to which service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.adapters.envoy.configuration import Route, Tls
from services.adapters.loopback import free_ports
from services.cli.stack.services import StackService
from services.rpc.readiness import READY
from services.rpc.settings import ServerSettings

# A repeated stream would have to be kept whole; whoever sends one goes on at what was committed instead.
_ONCE: Final = (
    "/storyroll.upload.v1.UploadService/WriteAsset",
    "/storyroll.inference.v1.InferenceService/AnalyzeImages",
)
_DESK: Final = ("/grpc.health.v1.Health/", "/grpc.reflection.")


def entry_routes(services: Sequence[StackService], desk: str) -> list[Route]:
    """Return where the calls of each service go, and those about all of them to the desk at host:port."""
    routes = [Route("desk", _DESK, desk)]
    for service in services:
        if service.answers:
            prefix = f"/{service.answers.package}."
            once = tuple(path for path in _ONCE if path.startswith(prefix))
            routes.append(Route(service.name, (prefix,), service.address, once, READY))
    return routes


def entry_address(listen: str) -> str:
    """Return host:port, with a free port for port 0."""
    host, _, port = listen.rpartition(":")
    return f"{host}:{free_ports(1)[0]}" if port == "0" else listen


def entry_tls(settings: ServerSettings) -> Tls | None:
    """Return how the entry speaks to clients in secret, or None where it does not."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Tls(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
