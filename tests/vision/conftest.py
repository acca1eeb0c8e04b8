"""A real Triton server, installed once for all tests and started once for each module of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from inference_core.models.errors import ModelError
from inference_core.models.repository import write_repository
from inference_core.serving.errors import InstallFailed
from inference_core.serving.guard import Watch
from inference_core.serving.install import Installation, install_triton
from inference_core.serving.server import TritonServer

WATCH = Watch(probe=0.5, deadline=5.0, control=10.0)
"""Less patient than where people wait, more than any fault in these tests lasts."""


@pytest.fixture(scope="session")
def installation() -> Installation:
    """The installed server; what needs it is skipped where it cannot be had."""
    try:
        return install_triton()
    except (InstallFailed, ModelError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of all models, one instance each: what more of them cost is time to start."""
    folder = tmp_path_factory.mktemp("repository")
    try:
        write_repository("wheel", folder, instances=1)
    except ModelError as error:
        pytest.skip(str(error))
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def triton(
    installation: Installation, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TritonServer]:
    """A supervised server; a module that uses it is marked `pytest.mark.asyncio(loop_scope="module")`."""
    log = tmp_path_factory.mktemp("triton") / "triton.log"
    async with TritonServer.open(installation, repository, log, WATCH) as server:
        yield server
