"""The composition root of the consent service."""

from __future__ import annotations

from services.adapters.bundle import Ports
from services.consent.audit import ListAuditEvents
from services.consent.consent import ConsentKeeper
from services.consent.erase import EraseAccount
from services.consent.export import ExportAccount
from services.consent.revoke import RevokeConsent
from services.consent.servicer import ConsentServicer
from services.consent.settings import ConsentSettings
from services.rpc.alone import run_alone
from services.rpc.paging import PageTokens
from services.rpc.service import Service


def assemble(ports: Ports, settings: ConsentSettings) -> Service:
    """Return the consent service over these ports."""
    stores = (ports.catalog, ports.keyring, ports.vault, ports.clock)
    servicer = ConsentServicer(
        ConsentKeeper(ports.catalog, ports.keyring, ports.clock),
        RevokeConsent(*stores, signer=ports.signer, signals=ports.signals),
        EraseAccount(*stores, signer=ports.signer, signals=ports.signals),
        audit=ListAuditEvents(ports.catalog, ports.signer),
        export=ExportAccount(ports.catalog, ports.vault, ports.clock),
        tokens=PageTokens(ports.page_secret),
        usual_page=settings.usual_page,
    )
    return Service((servicer,))


if __name__ == "__main__":
    run_alone(lambda ports: assemble(ports, ConsentSettings()))
