"""Ports on loopback for servers of our own."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence


def free_ports(count: int, companions: Sequence[int] = ()) -> list[int]:
    """Return ports that nobody listens on, nor on those so much above them that go with each."""
    ports: list[int] = []
    while len(ports) < count:
        port = 20_000 + secrets.randbelow(30_000)
        if port not in ports and all(_is_free(port + offset) for offset in (0, *companions)):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
