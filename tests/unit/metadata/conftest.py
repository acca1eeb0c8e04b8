"""A stored library whose owner allows everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.consent import Scope
from tests.stored_library import StoredLibrary


@pytest.fixture
async def library(tmp_path: Path) -> StoredLibrary:
    opened = StoredLibrary.in_memory(tmp_path)
    await opened.grant(*Scope)
    return opened
