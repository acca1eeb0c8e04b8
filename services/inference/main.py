"""The composition root of the inference service."""

from __future__ import annotations

import asyncio

from services.adapters.bundle import Ports
from services.domain.consuming import consume
from services.domain.messages import Consumer
from services.inference.analyse import AnalyseAsset
from services.inference.look import LARGEST_IMAGE, LookAtImages
from services.inference.servicer import InferenceServicer
from services.inference.settings import InferenceSettings
from services.rpc.alone import run_alone
from services.rpc.policy import MIB
from services.rpc.service import Service


def assemble(ports: Ports, settings: InferenceSettings) -> Service:
    """Return the inference service over these ports: a servicer, and a worker for described assets."""
    servicer = InferenceServicer(LookAtImages(ports.vision), ports.vision)
    analyse = AnalyseAsset(ports.catalog, ports.vault, ports.vision, ports.clock)

    async def worker(stop: asyncio.Event) -> None:
        await consume(
            ports.bus,
            Consumer.INFERENCE,
            analyse,
            concurrency=settings.concurrency,
            stop=stop,
            observer=ports.observer,
        )

    return Service((servicer,), (worker,), max_message=LARGEST_IMAGE + MIB)


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("inference", lambda ports: assemble(ports, InferenceSettings()))
