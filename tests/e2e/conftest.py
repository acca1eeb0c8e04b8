"""Servers for the tests: the real command line, real models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from examples.demo_album.assemble import assemble
from examples.demo_album.plan import Album
from inference_core.models.build import list_models
from services.adapters.bus_choice import Access
from tests.e2e.storyroll import Storyroll
from tests.lone_services import environment_over
from tests.otlp_collector import Collector, collecting, traced_to
from tests.postgres_server import fresh_database


@pytest.fixture(autouse=True)
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncs in this process keep their journals among the test's files too."""
    monkeypatch.setenv("STORYROLL_STATE", str(tmp_path / "journal"))


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Album]:
    """The demo album in a folder, and its plan."""
    folder = tmp_path_factory.mktemp("album")
    return folder, assemble(folder, print)


@pytest.fixture(scope="session")
def models() -> None:
    """The models are built; what needs them is skipped where they are not."""
    missing = [model.spec.name for model in list_models() if not (model.path or model.spec.optional)]
    if missing:
        pytest.skip(f"models are not built: {', '.join(missing)} (run `storyroll models build`)")


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """A collector of traces for servers that are told of it."""
    with collecting() as running:
        yield running


@pytest.fixture
def storyroll(tmp_path: Path, models: None) -> Iterator[Storyroll]:
    """A `storyroll` of its own, stopped at the end."""
    command = Storyroll(tmp_path)
    yield command
    command.stop()


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory,
    models: None,
    request: pytest.FixtureRequest,
    collector: Collector,
) -> Iterator[Storyroll]:
    """A running `storyroll` for all tests of a module, each of which is an owner of its own.

    A module may name further options of `storyroll up` in UP. The collector follows what it does. At the end
    it has logged no error and stops as asked.
    """
    command = Storyroll(tmp_path_factory.mktemp("storyroll"))
    command.environment["STORYROLL_SCHEDULER_PATIENCE"] = '{"settle": 0.5, "at_most": 3.0}'
    command.environment |= traced_to(collector)
    command.start(*getattr(request.module, "UP", ()))
    yield command
    assert command.stop() == 0
    assert command.complaints() == []


@pytest.fixture
async def environment(postgres: str, nats: Access, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """What services over one PostgreSQL and one NATS find in their environment."""
    async with fresh_database(postgres) as database:
        yield environment_over(database, nats, tmp_path)
