"""The composition root of the upload service."""

from __future__ import annotations

import google_crc32c

from services.adapters.bundle import Ports
from services.rpc.alone import run_alone
from services.rpc.service import Service
from services.upload.check import CheckAssets
from services.upload.query import QueryWrite
from services.upload.servicer import UploadServicer
from services.upload.settings import UploadSettings
from services.upload.write import WriteAsset


def assemble(ports: Ports, settings: UploadSettings) -> Service:
    """Return the upload service over these ports."""
    write = WriteAsset(
        ports.catalog,
        ports.vault,
        ports.keyring,
        ports.clock,
        stripper=ports.stripper,
        checksum=google_crc32c.value,
        limits=settings.limits,
    )
    servicer = UploadServicer(
        CheckAssets(ports.catalog, ports.vault, ports.keyring),
        write,
        QueryWrite(ports.catalog, ports.vault, ports.keyring),
    )
    return Service((servicer,))


if __name__ == "__main__":
    run_alone(lambda ports: assemble(ports, UploadSettings()))
