"""The composition root of the metadata service."""

from __future__ import annotations

import asyncio

from services.adapters.bundle import Ports
from services.domain.consuming import consume
from services.domain.messages import Consumer
from services.metadata.assets import Assets
from services.metadata.describe import DescribeAsset
from services.metadata.events import Events
from services.metadata.occasions import Occasions
from services.metadata.people import People
from services.metadata.servicer import MetadataServicer
from services.metadata.settings import MetadataSettings
from services.rpc.alone import run_alone
from services.rpc.paging import PageTokens
from services.rpc.service import Service


def assemble(ports: Ports, settings: MetadataSettings) -> Service:
    """Return the metadata service over these ports: a servicer, and a worker for stored assets."""
    servicer = MetadataServicer(
        Assets(ports.catalog, ports.vault, ports.clock),
        Events(ports.catalog),
        People(ports.catalog, ports.clock),
        Occasions(ports.catalog, ports.clock),
        PageTokens(ports.page_secret),
    )
    describe = DescribeAsset(
        ports.catalog,
        ports.vault,
        ports.probe,
        ports.gazetteer,
        ports.clock,
        default_zone=settings.default_time_zone,
        observer=ports.observer,
    )

    async def worker(stop: asyncio.Event) -> None:
        await consume(
            ports.bus,
            Consumer.METADATA,
            describe,
            concurrency=settings.concurrency,
            stop=stop,
            observer=ports.observer,
        )

    return Service((servicer,), (worker,))


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("metadata", lambda ports: assemble(ports, MetadataSettings()))
