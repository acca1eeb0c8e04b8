"""Servers for the tests: the real command line, real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.demo_album.assemble import assemble
from examples.demo_album.plan import Album
from inference_core.models.build import list_models
from tests.e2e.storyroll import Storyroll


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


@pytest.fixture
def storyroll(tmp_path: Path, models: None) -> Iterator[Storyroll]:
    """A `storyroll` of its own, stopped at the end."""
    command = Storyroll(tmp_path)
    yield command
    command.stop()


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, models: None, request: pytest.FixtureRequest
) -> Iterator[Storyroll]:
    """A running `storyroll` for all tests of a module, each of which is an owner of its own.

    A module may name further options of `storyroll up` in UP. At the end the server has logged no error and
    stops as asked.
    """
    command = Storyroll(tmp_path_factory.mktemp("storyroll"))
    command.environment["STORYROLL_SCHEDULER_PATIENCE"] = '{"settle": 0.5, "at_most": 3.0}'
    command.start(*getattr(request.module, "UP", ()))
    yield command
    assert command.stop() == 0
    assert command.complaints() == []
