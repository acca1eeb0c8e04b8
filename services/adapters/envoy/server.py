"""One Envoy over a folder with its configuration: started again when it ends, and ended with us."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

from services.adapters.envoy.configuration import Route, Tls, configuration
from services.adapters.kept_process import KeptProcess
from services.domain.errors import FailedPrecondition


class EnvoyServer:
    """What clients speak to, and what hands their calls on.

    Args:
        program: Envoy.
        folder: Where its configuration and its log are; made where it is missing.
        listen: host:port.
        routes: Which calls go where.
        tls: How clients are spoken to; None speaks in the clear.

    Raises:
        FailedPrecondition: The address cannot be had.
    """

    def __init__(
        self, program: Path, folder: Path, listen: str, routes: Sequence[Route], tls: Tls | None = None
    ) -> None:
        _refuse_taken(listen)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "server.json"
        file.write_text(json.dumps(configuration(listen, routes, tls), indent=1))
        self.log = folder / "server.log"
        command = [str(program), "--config-path", str(file), "--concurrency", "1"]
        # Without them it would share memory with any other Envoy of this machine.
        command += ["--disable-hot-restart", "--log-level", "warning"]
        self.process = KeptProcess("Envoy", command, self.log)


def _refuse_taken(listen: str) -> None:
    """Raise where nobody can listen; Envoy would only end, and be started again, for ever."""
    host, _, port = listen.rpartition(":")
    try:
        socket.create_server((host.strip("[]"), int(port)), family=_family(host)).close()
    except OSError:
        raise FailedPrecondition(f"cannot listen on {listen}: the address is taken or not ours") from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
