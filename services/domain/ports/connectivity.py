"""How this machine reaches the network."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Link(StrEnum):
    """What carries this machine's traffic."""

    WIFI = "wifi"
    WIRED = "wired"
    MOBILE = "mobile"
    METERED = "metered"
    """Wi-Fi or a wire that somebody pays for by the byte: a phone's hotspot, say."""
    NONE = "none"
    UNKNOWN = "unknown"


class Connectivity(Protocol):
    """Knows the link."""

    def link(self) -> Link:
        """Return what carries traffic now; UNKNOWN where it cannot be told."""
        ...
