"""The composition root of the consent service."""

from __future__ import annotations

import asyncio

from services.adapters.bundle import Ports
from services.consent.audit import ListAuditEvents
from services.consent.consent import ConsentKeeper
from services.consent.erase import EraseAccount
from services.consent.export import ExportAccount
from services.consent.retention import RetentionKeeper
from services.consent.revoke import RevokeConsent
from services.consent.servicer import ConsentServicer
from services.consent.settings import ConsentSettings
from services.consent.sweep import SweepRetention
from services.rpc.alone import run_alone
from services.rpc.paging import PageTokens
from services.rpc.service import Service


def assemble(ports: Ports, settings: ConsentSettings) -> Service:
    """Return the consent service over these ports: a servicer, and a worker that holds retention."""
    stores = (ports.catalog, ports.keyring, ports.vault, ports.clock)
    servicer = ConsentServicer(
        ConsentKeeper(ports.catalog, ports.keyring, ports.clock),
        RevokeConsent(*stores, signer=ports.signer, signals=ports.signals),
        EraseAccount(*stores, signer=ports.signer, signals=ports.signals),
        retention=RetentionKeeper(ports.catalog, ports.keyring, ports.clock),
        audit=ListAuditEvents(ports.catalog, ports.signer),
        export=ExportAccount(ports.catalog, ports.vault, ports.clock),
        tokens=PageTokens(ports.page_secret),
        usual_page=settings.usual_page,
    )
    sweep = SweepRetention(ports.catalog, ports.vault, ports.clock, ports.observer)

    async def worker(stop: asyncio.Event) -> None:
        await sweep.run(stop, settings.sweep_seconds)

    return Service((servicer,), (worker,))


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("consent", lambda ports: assemble(ports, ConsentSettings()))
