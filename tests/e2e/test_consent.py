"""What an owner has not allowed is not there; what an owner takes back is gone, from the disk too."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import grpc
import pytest
from storyroll.errors.v1 import errors_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2
from storyroll.upload.v1 import upload_pb2

from examples.demo_album.plan import Album
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.adapters.media_files.probe import read_facts
from services.cli.failures import ExitCode, detail_of
from services.cli.stories import Format, save_rendering
from services.domain.consent import Scope
from services.domain.facets import Faces, Original
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.records import Kind
from services.rpc.media_convert import date_to_pb
from tests.e2e import traces
from tests.e2e.owner import EVERYTHING, Owner
from tests.e2e.storyroll import Storyroll
from tests.e2e.traces import Rows
from tests.otlp_collector import Collector

pytestmark = [pytest.mark.models, pytest.mark.slow]

UP = ("--today", "2025-05-05", "--log-level", "DEBUG", "--log-format", "json", "--metrics-port", "0")
PHOTOS = 10
HOME = (47.2654, 11.3927)
"""Where all these photos say that they were taken."""
CITY = "Innsbruck"
T = TypeVar("T")
BIRTHDAY = suggestion_pb2.STORY_KIND_BIRTHDAY


@pytest.fixture(scope="module")
def photos(album: tuple[Path, Album], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two birthday parties of the demo album: faces, dates, coordinates."""
    folder, plan = album
    parties = tmp_path_factory.mktemp("parties")
    for chapter, item in plan.entries():
        if chapter.kind == "birthday":
            shutil.copy(folder / item.file_name, parties)
    return parties


async def test_without_consent_nothing_is_stored(shared: Storyroll, photos: Path) -> None:
    said = shared.run("sync", str(photos), "--owner", "nobody", status=ExitCode.CONSENT)
    assert "storyroll consent grant cloud_processing" in said
    async with shared.owner("nobody") as nobody:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await nobody.session.upload.WriteAsset(iter([header_of(photos)]))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert detail_of(refused.value).reason == errors_pb2.REASON_CONSENT_REQUIRED
    assert Rows(shared.data, "nobody").count() == 0
    assert traces.find([b"nobody", *traces.of_files(photos)], shared.data) == []


def header_of(folder: Path) -> upload_pb2.WriteAssetRequest:
    """Return the message that announces a photo of the folder."""
    data = min(folder.iterdir()).read_bytes()
    sha256 = hashlib.sha256(data).digest()
    return upload_pb2.WriteAssetRequest(
        header=upload_pb2.AssetHeader(sha256=sha256, size=len(data), path="a.jpg", media_type="image/jpeg")
    )


async def test_faces_come_and_go_with_their_scope(shared: Storyroll, photos: Path) -> None:
    rows = Rows(shared.data, "faces@example.org")
    async with shared.owner("faces@example.org") as owner:
        await owner.grant(Scope.CLOUD_PROCESSING, Scope.CONTENT)
        await owner.sync(photos)
        assert await faces_of(owner) == 0
        assert (await owner.people(), rows.resting_on("faces")) == ([], [])
        await owner.grant(Scope.FACES)
        await name_the_most_seen(owner, "Nora")
        assert (await owner.story_of(BIRTHDAY)).title == "Nora turns 31"
        assert {name for _, name in rows.resting_on("faces")} >= {"faces", "person", "story"}
        receipt = await owner.revoke(Scope.FACES)
        assert receipt.facets > PHOTOS
        assert (await faces_of(owner), await owner.people(), rows.resting_on("faces")) == (0, [], [])
        assert BIRTHDAY not in {story.kind for story in await owner.stories()}
        assert all(asset["quality"] is not None for asset in (await owner.assets()).values())


async def faces_of(owner: Owner) -> int:
    return sum(len(asset["faces"]) for asset in (await owner.assets()).values())


async def name_the_most_seen(owner: Owner, name: str) -> None:
    """Wait until people are told apart, and give the one in most pictures a name and a birthday."""
    people = await until(owner.people, lambda found: any(len(person["faces"]) > 3 for person in found))
    person = max(people, key=lambda person: len(person["faces"]))
    birthday = date_to_pb(date(1994, 5, 9))
    request = metadata_pb2.UpdatePersonRequest(person_id=person["id"], name=name, birthday=birthday)
    await owner.session.metadata.UpdatePerson(request)


async def until(ask: Callable[[], Awaitable[T]], enough: Callable[[T], bool]) -> T:
    async with asyncio.timeout(90):
        while not enough(answer := await ask()):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return answer


async def test_without_location_no_coordinates_are_kept(shared: Storyroll, photos: Path) -> None:
    name = "here@example.org"
    async with shared.owner(name) as owner:
        await owner.grant(Scope.CLOUD_PROCESSING, Scope.CONTENT)
        await owner.sync(photos)
        await owner.grant(Scope.LOCATION)
        await owner.settle()
        assets = (await owner.assets()).values()
        told = [text for story in await owner.stories() for text in (story.subtitle, *story.evidence)]
    assert len(assets) == PHOTOS
    assert {(asset["latitude"], asset["city"], asset["country"]) for asset in assets} == {(None, None, None)}
    assert not any(CITY in text for text in told)
    assert Rows(shared.data, name).resting_on("location") == []
    with stopped(shared):
        kept = await originals(shared.data, OwnerId(name))
    for path, data in kept.items():
        sent = photos / path
        assert read_facts(sent, MediaKind.PHOTO, True).coordinates
        copy = sent.with_suffix(".kept")
        copy.write_bytes(data)
        assert read_facts(copy, MediaKind.PHOTO, True).coordinates is None
        copy.unlink()
        assert len(data) == sent.stat().st_size


@contextmanager
def stopped(server: Storyroll) -> Iterator[None]:
    """Stop the server meanwhile: only one process may have the folder open."""
    server.stop()
    try:
        yield
    finally:
        server.start(*UP)


async def originals(data: Path, owner: OwnerId) -> dict[str, bytes]:
    """Return every stored original by path, read from the data folder itself."""
    async with open_local(data, SystemClock()) as ports:
        records = [record.require(Original) for record in await ports.catalog.find(owner, Kind.ASSET)]
        return {original.path: await ports.vault.read(owner, original.blob_key) for original in records}


async def test_logs_metrics_and_traces_tell_nothing_of_anybody(
    shared: Storyroll, photos: Path, collector: Collector
) -> None:
    """All that a curious administrator reads, at the most talkative level, after everything was done once."""
    name, person = "talkative@example.org", "Theodora Applewhite"
    async with shared.owner(name) as owner:
        await owner.grant(*EVERYTHING)
        await owner.sync(photos)
        await name_the_most_seen(owner, person)
        story = await owner.story_of(BIRTHDAY)
        link = await owner.session.suggestion.ShareStory(suggestion_pb2.ShareStoryRequest(story_id=story.id))
        await save_rendering(owner.session, story.id, shared.data.parent / "story", Format.COLLAGE_FEED)
        seen = suggestion_pb2.GetSharedStoryRequest(token=link.token)
        assert (await owner.session.shared.GetSharedStory(seen)).story.title == story.title
        with pytest.raises(grpc.aio.AioRpcError):
            await owner.session.shared.GetSharedStory(suggestion_pb2.GetSharedStoryRequest(token="forged"))
    bearer = shared.token(name)()
    with stopped(shared):
        vectors = await embeddings(shared.data, OwnerId(name))
    metrics = await asyncio.to_thread(metrics_of, shared)
    private = [
        *traces.of_files(photos),
        *traces.of_point(*HOME),
        *vectors,
        *(
            word.encode()
            for word in (name, person, CITY, story.title, link.token, bearer, *bearer.split("."))
        ),
    ]
    log, spans = shared.log.read_bytes(), collector.sent()
    assert len(vectors) > PHOTOS
    assert b"ConsentService/GrantConsent OK" in log
    assert b"storyroll_vision_photos" in metrics
    assert b"ConsentService/GrantConsent" in spans
    assert [needle for needle in private if needle in log + metrics + spans] == []
    assert all(
        {"time", "severity", "service", "logger", "message"} <= line.keys() for line in lines_of_json(log)
    )


def lines_of_json(log: bytes) -> list[dict[str, str]]:
    """Return the lines of a log; what is said to whoever started the server is plain text."""
    told = ("storyroll is ready at",)
    return [json.loads(line) for line in log.decode().splitlines() if not line.startswith(told)]


async def embeddings(data: Path, owner: OwnerId) -> list[bytes]:
    """Return how each face's vector begins, as bytes of each kind and as text."""
    async with open_local(data, SystemClock()) as ports:
        records = await ports.catalog.find(owner, Kind.ASSET)
    faces = [face for record in records if (found := record.get(Faces)) for face in found.faces]
    kinds = ("<f2", "<f4")
    return [
        *(face.embedding[:8].astype(kind).tobytes() for face in faces for kind in kinds),
        *(f"{float(face.embedding[0]):.4f}, {float(face.embedding[1]):.4f}".encode() for face in faces),
    ]


def metrics_of(server: Storyroll) -> bytes:
    """Return what Prometheus is told, from the port that the server's log names last."""
    addresses = re.findall(r"metrics are at ([^\s\"]+)", server.log.read_text())
    with urllib.request.urlopen(addresses[-1], timeout=10) as answer:
        told: bytes = answer.read()
    return told


async def test_after_forget_nothing_is_left_on_the_disk(shared: Storyroll, photos: Path) -> None:
    name, person = "forgotten@example.org", "Wilhelmina Featherstone"
    rows = Rows(shared.data, name)
    async with shared.owner(name) as owner:
        await owner.grant(*EVERYTHING)
        await owner.sync(photos)
        await name_the_most_seen(owner, person)
        story = await owner.story_of(BIRTHDAY)
        await owner.session.suggestion.ShareStory(suggestion_pb2.ShareStoryRequest(story_id=story.id))
    shown = json.dumps([shared.json(what, "--owner", name) for what in ("assets", "people", "stories")])
    private = [*traces.of_files(photos), *traces.of_point(*HOME), CITY.encode(), person.encode()]
    assert all(word in shown for word in (CITY, person, str(HOME[0])))
    assert traces.find(private, shared.data) == []
    sealed = [*rows.sealed(), *sealed_originals(shared.data)]
    assert len(traces.find(sealed, shared.data)) >= len(sealed) > 50
    said = shared.run("forget", "--yes", "--owner", name)
    assert f"{PHOTOS} originals" in said
    assert rows.count() == 0
    who = [name.encode(), name.replace("@", "%40").encode(), story.id.encode()]
    assert traces.find([*private, *sealed, *who], shared.data, shared.log) == []
    assert "granted" not in shared.run("consent", "show", "--owner", name)


def sealed_originals(data: Path) -> list[bytes]:
    """Return pieces of the sealed files of the owner who is to be forgotten."""
    blobs = [path for path in (data / "blobs").rglob("*") if path.is_file() and "forgotten" in str(path)]
    assert len(blobs) == PHOTOS
    return [piece for path in blobs for piece in traces.windows(path.read_bytes())]
