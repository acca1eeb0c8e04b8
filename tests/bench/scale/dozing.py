"""The inference service with models that sleep, as one does that waits for a GPU: `python -m` runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.adapters.bundle import Ports
from services.domain.consent import Scope
from services.domain.facets import Faces
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.ports import Sight, VisionModel
from services.inference.main import assemble
from services.inference.settings import InferenceSettings
from services.rpc.alone import run_alone
from services.rpc.service import Service

PICTURE_S: Final = 0.05
"""What a picture takes: one after the other, whatever else this machine does."""


class DozingVision:
    """Fulfils `ports.Vision` without a look: sleeps once for each picture, for one at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    def models(self) -> Sequence[VisionModel]:
        """See `Vision.models`: none."""
        return ()

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        """See `Vision.look`: nobody is there."""
        async with self._turn:
            await asyncio.sleep(PICTURE_S)
        return Sight(640, 480, Faces(()), None)


def dozing(ports: Ports) -> Service:
    """Return the service as it is, but for its models."""
    return assemble(replace(ports, vision=DozingVision()), InferenceSettings())


if __name__ == "__main__":
    run_alone("inference", dozing)
