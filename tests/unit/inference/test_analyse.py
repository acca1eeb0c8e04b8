"""Looking at a described asset: as far as its owner allows, once, and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from services.domain.consent import Scope
from services.domain.errors import Unavailable, UnreadableMedia
from services.domain.facets import Content, Description, Faces
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Sight, VisionModel
from services.domain.records import AssetState, Kind, Record
from services.inference.analyse import AnalyseAsset
from tests.stored_library import ANA, NOW, StoredLibrary, face, seen

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
BOTH = frozenset({Scope.FACES, Scope.CONTENT})


class RecordingVision:
    """Sees one face and a beach where asked to; records what it was asked, fails as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, MediaKind, frozenset[Scope], OwnerId]] = []
        self.failure: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def models(self) -> Sequence[VisionModel]:
        return ()

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        assert isinstance(source, Path)
        data = await asyncio.to_thread(source.read_bytes)
        self.asked.append((data, kind, scopes, owner))
        if self.meanwhile:
            await self.meanwhile()
        if self.failure:
            raise self.failure
        faces = Faces((face("maria", "a"),)) if Scope.FACES in scopes else None
        return Sight(320, 240, faces, seen("a", "beach") if Scope.CONTENT in scopes else None)


class Bench:
    """An asset that waits to be looked at."""

    def __init__(self, library: StoredLibrary) -> None:
        self.library = library
        self.vision = RecordingVision()
        self._analyse = AnalyseAsset(library.catalog, library.vault, self.vision, library.clock)

    async def analyse(self) -> None:
        await self._analyse(Message.of(MessageType.ASSET_DESCRIBED, ANA, "a", NOW))

    async def asset(self) -> Record:
        return await self.library.catalog.get(ANA, Kind.ASSET, "a")

    async def heard(self) -> list[tuple[str, str]]:
        return await self.library.heard(Consumer.SCHEDULER)


@pytest.fixture
async def bench(library: StoredLibrary) -> Bench:
    await library.add("a", AT, data=b"a photo", state=AssetState.DESCRIBED)
    return Bench(library)


async def test_what_is_seen_is_stored_and_told(bench: Bench) -> None:
    await bench.analyse()
    asset = await bench.asset()
    assert bench.vision.asked == [(b"a photo", MediaKind.PHOTO, BOTH, ANA)]
    assert asset.state == AssetState.ANALYSED
    (found,) = asset.require(Faces).faces
    assert np.allclose(found.embedding, face("maria", "a").embedding, atol=2e-3)
    assert [tag.label for tag in asset.require(Content).tags] == ["beach"]
    assert await bench.heard() == [(MessageType.ASSET_ANALYSED, "a")]
    assert await bench.library.audited() == ["asset_analysed"]


@pytest.mark.parametrize("wanted", [{Scope.FACES}, {Scope.CONTENT}])
async def test_only_what_is_allowed_is_looked_for(bench: Bench, wanted: set[Scope]) -> None:
    await bench.library.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION, *wanted)
    await bench.analyse()
    assert [scopes for _, _, scopes, _ in bench.vision.asked] == [wanted]
    facets = (await bench.asset()).facets
    assert {Faces in facets, Content in facets} == {True, False}


async def test_where_neither_is_allowed_nobody_looks(bench: Bench) -> None:
    await bench.library.grant(Scope.CLOUD_PROCESSING)
    await bench.analyse()
    assert bench.vision.asked == []
    assert (await bench.asset()).state == AssetState.ANALYSED
    assert await bench.heard() == [(MessageType.ASSET_ANALYSED, "a")]


async def test_delivered_twice_it_looks_and_tells_once(bench: Bench) -> None:
    await bench.analyse()
    revision = (await bench.asset()).revision
    await bench.analyse()
    assert len(bench.vision.asked) == 1
    assert (await bench.asset()).revision == revision
    assert len(await bench.heard()) == 1


async def test_a_scope_granted_later_is_looked_for_alone(bench: Bench) -> None:
    await bench.library.grant(Scope.CLOUD_PROCESSING, Scope.CONTENT)
    await bench.analyse()
    await bench.library.grant(Scope.CLOUD_PROCESSING, Scope.CONTENT, Scope.FACES)
    await bench.analyse()
    assert [scopes for _, _, scopes, _ in bench.vision.asked] == [{Scope.CONTENT}, {Scope.FACES}]
    assert {Faces, Content} <= set((await bench.asset()).facets)
    assert len(await bench.heard()) == 2


async def test_a_picture_that_cannot_be_read_is_marked_with_the_reason(bench: Bench) -> None:
    bench.vision.failure = UnreadableMedia("the file is cut off")
    await bench.analyse()
    asset = await bench.asset()
    description = asset.require(Description)
    assert asset.state == AssetState.UNREADABLE
    assert (description.readable, description.reason) == (False, "the file is cut off")
    assert description.capture_time == AT
    assert await bench.heard() == [(MessageType.ASSET_ANALYSED, "a")]


async def test_an_outage_leaves_everything_as_it_was(bench: Bench) -> None:
    bench.vision.failure = Unavailable("the model server is away")
    with pytest.raises(Unavailable):
        await bench.analyse()
    assert (await bench.asset()).state == AssetState.DESCRIBED
    assert await bench.heard() == []


async def test_faces_taken_back_during_the_look_are_not_stored(bench: Bench) -> None:
    bench.vision.meanwhile = lambda: bench.library.grant(Scope.CLOUD_PROCESSING, Scope.CONTENT)
    await bench.analyse()
    asset = await bench.asset()
    assert (asset.get(Faces), asset.state) == (None, AssetState.ANALYSED)
    assert asset.get(Content) is not None


@pytest.mark.parametrize("failure", [None, UnreadableMedia("the file is cut off")])
async def test_an_asset_deleted_during_the_look_is_passed_over(
    bench: Bench, failure: Exception | None
) -> None:
    bench.vision.failure = failure
    bench.vision.meanwhile = lambda: bench.library.remove(Kind.ASSET, "a")
    await bench.analyse()
    assert await bench.library.states(Kind.ASSET) == {}
    assert await bench.heard() == []
    assert await bench.library.audited() == []


async def test_an_asset_deleted_before_the_look_is_passed_over(bench: Bench) -> None:
    await bench.library.remove(Kind.ASSET, "a")
    await bench.analyse()
    assert bench.vision.asked == []


async def test_everything_taken_back_during_the_look_leaves_nothing(bench: Bench) -> None:
    bench.vision.meanwhile = bench.library.grant
    await bench.analyse()
    assert await bench.library.states(Kind.ASSET) == {}


async def test_videos_are_looked_at_as_videos(bench: Bench) -> None:
    await bench.library.add("a", AT, data=b"a video", state=AssetState.DESCRIBED, kind=MediaKind.VIDEO)
    await bench.analyse()
    assert bench.vision.asked == [(b"a video", MediaKind.VIDEO, BOTH, ANA)]
