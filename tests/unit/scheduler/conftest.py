"""A stored library whose owner allows everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.consent import Scope
from services.domain.leases import partition_of
from services.scheduler.plan_stories import LeaseOf
from tests.stored_library import StoredLibrary


@pytest.fixture
async def library(tmp_path: Path) -> StoredLibrary:
    opened = StoredLibrary.in_memory(tmp_path)
    await opened.grant(*Scope)
    return opened


async def right_to_plan(library: StoredLibrary) -> LeaseOf:
    """Take the leases on everybody in a library."""
    held = {lease.partition: lease for lease in await library.leases.renew(12)}
    return lambda owner: held[partition_of(owner)]
