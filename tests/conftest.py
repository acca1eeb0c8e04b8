"""Fixtures that every part of the tests shares."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from PIL import features

from services.adapters.bus_choice import Access
from services.adapters.s3.access import S3Server

settings.register_profile("ci", derandomize=True, print_blob=True)
"""Where a change is judged, the same examples every time; new ones are looked for everywhere else."""
if os.environ.get("CI"):
    settings.load_profile("ci")

_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def _avif() -> None:
    """Let the tests write AVIF with pillow-simd too, which leaves it to a plug-in."""
    if not features.check("avif"):
        importlib.import_module("pillow_avif")


def photo_folder() -> Path:
    """Return where the test photos are, if they are there."""
    return Path(os.environ.get("STORYROLL_TEST_DATA", _ROOT / "../shared/data"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of test photos; a test that needs it is skipped where it is absent."""
    folder = photo_folder()
    if not folder.is_dir():
        pytest.skip(f"no test photos at {folder} (set STORYROLL_TEST_DATA)")
    return folder.resolve()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server on loopback; a test that needs it is skipped where it cannot be installed."""
    from tests.s3_server import running

    with running(tmp_path_factory.mktemp("s3")) as server:
        yield server.access


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """A real NATS server on loopback; a test that needs it is skipped where it cannot be installed."""
    from tests.nats_queue import running

    with running(tmp_path_factory.mktemp("nats")) as server:
        yield server.access


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL on loopback; a test that needs it is skipped where there is none."""
    from tests.postgres_server import running

    with running(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url
