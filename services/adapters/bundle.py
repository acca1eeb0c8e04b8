"""All ports that services are assembled from, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from services.adapters.reachable import Reachable
from services.adapters.renderer import IsolatedRenderer
from services.domain.ports import (
    Catalog,
    Clock,
    EventBus,
    Gazetteer,
    Holidays,
    KeyRing,
    LandingPlace,
    Leases,
    LocationStripper,
    MediaProbe,
    Signals,
    Signer,
    Vault,
    Vision,
    WorkObserver,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """One choice of adapter for every port; composition roots take what they need."""

    catalog: Catalog
    keyring: KeyRing
    vault: Vault
    bus: EventBus
    leases: Leases
    signals: Signals
    clock: Clock
    signer: Signer
    stripper: LocationStripper
    probe: MediaProbe
    gazetteer: Gazetteer
    holidays: Holidays
    vision: Vision
    renderer: IsolatedRenderer
    landing: LandingPlace | None
    """Where clients may put files without passing us; None where blobs are in a folder."""
    reachable: Reachable
    """Tells whether the stores answer."""
    observer: WorkObserver
    """Is told what services do."""
    page_secret: bytes
    """Signs page tokens; the same for all replicas of a service."""
