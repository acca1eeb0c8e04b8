"""What the domain needs of the world, as protocols; `services.adapters` fulfils them.

Every adapter translates its vendor's exceptions into those of `services.domain.errors`.
"""

from services.domain.ports.blobs import BlobStore, StagedBlob, Unfinished
from services.domain.ports.bus import Clock, Delivery, EventBus, Lag, Signals
from services.domain.ports.calendars import Holidays
from services.domain.ports.catalog import Catalog, Transaction
from services.domain.ports.connectivity import Connectivity, Link
from services.domain.ports.keys import KeyRing, SealingKey, Signer
from services.domain.ports.landing import LandingPlace
from services.domain.ports.leases import Leases
from services.domain.ports.media import Gazetteer, LocationStripper, MediaProbe
from services.domain.ports.observer import Clearing, Step, Unobserved, WorkObserver
from services.domain.ports.vault import Patch, StagedOriginal, Vault
from services.domain.ports.vision import Sight, Vision, VisionModel

__all__ = [
    "BlobStore",
    "Catalog",
    "Clearing",
    "Clock",
    "Connectivity",
    "Delivery",
    "EventBus",
    "Gazetteer",
    "Holidays",
    "KeyRing",
    "Lag",
    "LandingPlace",
    "Leases",
    "Link",
    "LocationStripper",
    "MediaProbe",
    "Patch",
    "SealingKey",
    "Sight",
    "Signals",
    "Signer",
    "StagedBlob",
    "StagedOriginal",
    "Step",
    "Transaction",
    "Unfinished",
    "Unobserved",
    "Vault",
    "Vision",
    "VisionModel",
    "WorkObserver",
]
