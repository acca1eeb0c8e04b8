"""`storyroll up --vision`: the whole of Storyroll sees the same, wherever its models run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from inference_core.isolation import IsolatedPool
from inference_core.models.assets import open_asset
from inference_core.models.errors import ModelError
from inference_core.serving.install import Installation
from inference_core.serving.server import TritonServer
from services.adapters.vision_host import open_vision
from services.cli.views import View
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from tests.e2e.storyroll import Storyroll
from tests.vision.conftest import WATCH
from tests.vision.processes import MEMORY, children, command_of, living

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two pictures of people, alone in their folder."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("group-1.jpg", "group-2.jpg"):
        try:
            (folder / name).write_bytes(open_asset(name).read_bytes())
        except ModelError as error:
            pytest.skip(str(error))
    return sorted(folder.iterdir())


@pytest.fixture
def storyroll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storyroll]:
    """A `storyroll` of its own, stopped at the end."""
    monkeypatch.setenv("STORYROLL_STATE", str(tmp_path / "journal"))
    command = Storyroll(tmp_path)
    yield command
    command.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen_here(photos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What is seen with the models in this process."""
    scopes, told = frozenset({Scope.FACES, Scope.CONTENT}), []
    with IsolatedPool() as pool:
        async with open_vision("local", pool, tmp_path_factory.mktemp("here") / "log") as vision:
            for photo in photos:
                sight = await vision.look(photo, MediaKind.PHOTO, scopes, OwnerId("ana"))
                assert sight.faces
                assert sight.content
                words = ([tag.label for tag in kind] for kind in (sight.content.tags, sight.content.themes))
                told.append((photo.name, len(sight.faces.faces), *words))
    return told


async def seen(storyroll: Storyroll, photos: list[Path], vision: str) -> list[Any]:
    """What is told of the photos, after they were synced and looked at."""
    await asyncio.to_thread(storyroll.start, "--vision", vision)
    async with storyroll.owner("ana") as owner:
        await owner.grant(Scope.CLOUD_PROCESSING, Scope.FACES, Scope.CONTENT)
        await owner.sync(photos[0].parent)
        assets = await owner.assets()
    assert storyroll.complaints() == []
    return [told(asset) for _, asset in sorted(assets.items())]


def told(asset: View) -> tuple[Any, ...]:
    """What the models told of a photo: how many faces, and what else in which order."""
    assert asset["readable"], asset["reason"]
    assert asset["faces"]
    return (
        asset["path"],
        len(asset["faces"]),
        *([tag["label"] for tag in asset[kind]] for kind in ("tags", "themes")),
    )


@asynccontextmanager
async def on_tcp(socket: str) -> AsyncIterator[str]:
    """Let a UNIX socket be reached by TCP, as a server elsewhere is; yields host:port."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(1 << 16):
            writer.write(block)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer), return_exceptions=True)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


async def test_our_own_server_sees_the_same_and_is_gone_afterwards(
    installation: Installation, storyroll: Storyroll, photos: list[Path], seen_here: list[Any]
) -> None:
    assert await seen(storyroll, photos, "triton") == seen_here
    (server,) = children(storyroll.pid, "tritonserver")
    (listens,) = [word for word in command_of(server) if word.startswith("--grpc-address=unix:")]
    folder = Path(listens.partition("unix:")[2]).parent
    assert len(list(MEMORY.glob(f"{folder.name}*"))) > 1
    assert await asyncio.to_thread(storyroll.stop) == 0
    assert living(server) == []
    assert list(MEMORY.glob(f"{folder.name}*")) == []


async def test_a_server_elsewhere_sees_the_same(
    installation: Installation,
    repository: Path,
    storyroll: Storyroll,
    photos: list[Path],
    seen_here: list[Any],
    tmp_path: Path,
) -> None:
    async with (
        TritonServer.open(installation, repository, tmp_path / "log", WATCH) as server,
        on_tcp(server.address.removeprefix("unix:")) as address,
    ):
        assert await seen(storyroll, photos, f"grpc://{address}") == seen_here
        await asyncio.to_thread(storyroll.stop)
