"""The composition root of the upload service."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import google_crc32c

from services.adapters.bundle import Ports
from services.domain.ports import Clearing
from services.rpc.alone import run_alone
from services.rpc.service import Service
from services.upload.admission import Admission
from services.upload.check import CheckAssets
from services.upload.direct import CompleteDirectUpload, CreateDirectUpload
from services.upload.orphans import SweepOrphans
from services.upload.query import QueryWrite
from services.upload.servicer import UploadServicer
from services.upload.settings import UploadSettings
from services.upload.sweep import INTERVAL, Sweep, sweep_on
from services.upload.write import WriteAsset


def assemble(ports: Ports, settings: UploadSettings) -> Service:
    """Return the upload service over these ports."""
    admission = Admission(ports.catalog, settings.limits)
    write = WriteAsset(
        ports.catalog,
        ports.vault,
        ports.keyring,
        ports.clock,
        stripper=ports.stripper,
        checksum=google_crc32c.value,
        admission=admission,
        orphan_grace=settings.orphan_grace,
    )
    query = QueryWrite(ports.catalog, ports.vault, ports.keyring)
    servicer = UploadServicer(
        CheckAssets(ports.catalog, ports.vault, ports.keyring),
        write,
        query,
        create=CreateDirectUpload(ports.catalog, ports.keyring, ports.landing, admission),
        complete=CompleteDirectUpload(write, query, ports.keyring, ports.landing, google_crc32c.value),
        admission=admission,
    )
    sweep = Sweep(ports.vault, ports.landing, timedelta(days=settings.keep_unfinished_days))
    orphans = SweepOrphans(ports.catalog, ports.vault, settings.orphan_grace)
    return Service(
        (servicer,),
        (
            partial(sweep_on, sweep, INTERVAL, Clearing.UNFINISHED, observer=ports.observer),
            partial(sweep_on, orphans, settings.orphan_grace, Clearing.ORPHANS, observer=ports.observer),
        ),
    )


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("upload", lambda ports: assemble(ports, UploadSettings()))
