"""The choice of a bus, in words that are checked before anything is opened."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

OUTBOX: Final = "outbox"
NATS: Final = "nats"
_SCHEMES: Final = ("nats", "tls")


@dataclass(frozen=True, slots=True)
class Access:
    """Where servers are, and what lets us in."""

    url: str
    """nats://host:port or tls://host:port; several, separated by commas, are one cluster."""
    token: str = field(default="", repr=False)
    authority: Path | None = None
    """PEM: whose certificates are believed; None for those that the system believes."""

    @property
    def servers(self) -> list[str]:
        """Each server's address."""
        return [url.strip() for url in self.url.split(",")]

    def tls(self) -> ssl.SSLContext | None:
        """Return how to encrypt, or None for a connection in the clear."""
        if not (self.authority or self.url.startswith("tls://")):
            return None
        return ssl.create_default_context(cafile=self.authority)


@dataclass(frozen=True, slots=True)
class Queue:
    """How the streams of one installation are kept."""

    prefix: str = "storyroll"
    replicas: int = 1
    """Servers that each have every message: 1, 3 or 5."""
    ack_wait: float = 20.0
    """Seconds without a sign of life after which somebody else gets a message."""
    in_hand: int = 20_000
    """Messages of a stage, or of one of its lanes, that all processes together may hold."""


@dataclass(frozen=True, slots=True)
class BusHost:
    """The choice of a bus."""

    where: str = OUTBOX
    """outbox, nats, or nats://host:port."""
    access: Access | None = None
    """Of a nats:// place."""
    queue: Queue = Queue()

    def __post_init__(self) -> None:
        known_bus_host(self.where)


def known_bus_host(where: str) -> str:
    """Return the place as it was given; raise ValueError where it is none."""
    if where in (OUTBOX, NATS):
        return where
    for address in where.split(","):
        parts = urlsplit(address.strip())
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path or parts.username:
            raise ValueError(
                f"{where!r} is no place for a bus: give outbox, nats or nats://host:port (tls:// to encrypt)"
            )
    return where
