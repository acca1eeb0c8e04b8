"""Rendering a story: parts in order, a caller who is slow or gone, pictures that are broken."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inference_core.isolation import IsolatedPool
from services.adapters.renderer import IsolatedRenderer
from services.domain.errors import FailedPrecondition, NotFound, Unavailable
from services.domain.identity import AssetId, StoryId, original_key
from services.domain.records import Kind
from services.domain.stories.story import Story
from services.domain.stories.text import language
from services.rendering.formats import RenderFormat, Rendition
from services.rendering.pictures import Picture
from services.suggestion.render import PIECE, QUEUED, Finished, Part, Piece, Progress, RenderStory
from tests.stored_library import ANA, BEN, StoredLibrary, jpeg, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
S = StoryId("s")
FEED = RenderFormat.COLLAGE_4_5


class PatientRenderer:
    """Tells progress, then waits to be let go; writes as many bytes as asked for."""

    def __init__(self, folder: Path, size: int = 10) -> None:
        self.path = folder / "rendition"
        self.size = size
        self.steps = 1
        self.go = asyncio.Event()
        self.pictures: list[Picture] = []
        self.at_work = 0

    @asynccontextmanager
    async def rendered(
        self,
        story: Story,
        pictures: Sequence[Picture],
        target: RenderFormat | None,
        progress: Callable[[float], None],
    ) -> AsyncIterator[Rendition]:
        self.pictures.extend(pictures)
        self.at_work += 1
        try:
            for step in range(self.steps):
                progress(step / self.steps)
            await self.go.wait()
            self.path.write_bytes(bytes(self.size))
            yield Rendition(self.path, target or FEED, FEED.size, tuple(p.asset_id for p in pictures))
        finally:
            self.path.unlink(missing_ok=True)
            self.at_work -= 1


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolatedPool]:
    with IsolatedPool(workers=1) as opened:
        yield opened


@pytest.fixture
def patient(tmp_path: Path) -> PatientRenderer:
    return PatientRenderer(tmp_path)


@pytest.fixture
async def told(library: StoredLibrary) -> StoredLibrary:
    """A story of three small photos."""
    for number in range(3):
        await library.add(f"a{number}", AT, data=jpeg(number))
    await library.tell(story(S, "a0", "a1", "a2"))
    return library


def renders(library: StoredLibrary, renderer: Any, **settings: int) -> RenderStory:
    return RenderStory(library.catalog, library.vault, renderer, library.clock, **settings)


def plaintext(folder: Path) -> list[Path]:
    """Return the short-lived files that are there now."""
    return [path for path in folder.glob("scratch/**/*") if path.is_file()]


async def parts_of(render: RenderStory, target: RenderFormat | None = FEED) -> list[Part]:
    async with asyncio.timeout(60):
        return [part async for part in render(ANA, S, target, language("en"))]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the files are what is asked
            await asyncio.sleep(0.005)


async def test_a_real_story_comes_as_progress_a_type_and_its_bytes(
    told: StoredLibrary, pool: IsolatedPool, tmp_path: Path
) -> None:
    render = renders(told, IsolatedRenderer(pool, tmp_path / "scratch"))
    parts = await parts_of(render)
    kinds = [type(part) for part in parts if not isinstance(part, Progress)]
    assert kinds == [Finished] + [Piece] * (len(kinds) - 1)
    assert isinstance(parts[-1], Piece)
    assert Finished("image/jpeg") in parts
    shares = [part.share for part in parts if isinstance(part, Progress)]
    assert shares == sorted(shares)
    data = b"".join(part.data for part in parts if isinstance(part, Piece))
    assert Image.open(io.BytesIO(data)).size == FEED.size
    assert await told.audited() == ["story_rendered"]
    assert plaintext(tmp_path) == []


async def test_unreadable_pictures_are_a_failed_precondition(
    library: StoredLibrary, pool: IsolatedPool, tmp_path: Path
) -> None:
    await library.add("a0", AT, data=b"\xff\xd8\xff\xe0" + bytes(200))
    await library.tell(story(S, "a0"))
    with pytest.raises(FailedPrecondition, match="can be read"):
        await parts_of(renders(library, IsolatedRenderer(pool, tmp_path / "scratch")))
    assert await library.audited() == []
    assert plaintext(tmp_path) == []


async def test_a_story_whose_pictures_are_deleted_cannot_be_rendered(
    told: StoredLibrary, pool: IsolatedPool, tmp_path: Path
) -> None:
    await told.remove(Kind.ASSET, "a0", "a1", "a2")
    with pytest.raises(FailedPrecondition, match="no pictures"):
        await parts_of(renders(told, IsolatedRenderer(pool, tmp_path / "scratch")))


async def test_what_the_renderer_is_given(told: StoredLibrary, patient: PatientRenderer) -> None:
    patient.go.set()
    await told.remove(Kind.ASSET, "a1")
    await parts_of(renders(told, patient), target=None)
    assert [picture.asset_id for picture in patient.pictures] == ["a0", "a2"]
    assert all(picture.capture_time == AT for picture in patient.pictures)


async def test_a_picture_deleted_meanwhile_is_left_out(told: StoredLibrary, patient: PatientRenderer) -> None:
    patient.go.set()
    await told.vault.delete(ANA, original_key(ANA, AssetId("a1")))
    await parts_of(renders(told, patient))
    assert [picture.asset_id for picture in patient.pictures] == ["a0", "a2"]


async def test_large_results_come_in_pieces(told: StoredLibrary, patient: PatientRenderer) -> None:
    patient.size = 2 * PIECE + 1
    patient.go.set()
    parts = await parts_of(renders(told, patient))
    assert [len(part.data) for part in parts if isinstance(part, Piece)] == [PIECE, PIECE, 1]


async def test_a_slow_caller_paces_us_and_misses_only_progress(
    told: StoredLibrary, patient: PatientRenderer
) -> None:
    patient.steps, patient.size = 1000, 3 * QUEUED * PIECE
    patient.go.set()
    async with aclosing(renders(told, patient)(ANA, S, FEED, language("en"))) as parts:  # type: ignore[type-var]
        first = await anext(parts)
        await asyncio.sleep(0.2)
        assert patient.at_work == 1, "everything was made and sent before the caller asked for it"
        rest = [part async for part in parts]
    assert first == Progress(0.0)
    assert sum(isinstance(part, Progress) for part in rest) <= QUEUED
    assert sum(len(part.data) for part in rest if isinstance(part, Piece)) == patient.size


async def test_a_caller_who_goes_leaves_no_file_and_no_slot_taken(
    told: StoredLibrary, patient: PatientRenderer, tmp_path: Path
) -> None:
    render = renders(told, patient, at_once=1)
    calling = asyncio.create_task(parts_of(render))
    await until(lambda: patient.at_work == 1)
    assert len(plaintext(tmp_path)) == 3
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await until(lambda: patient.at_work == 0)
    assert plaintext(tmp_path) == []
    patient.go.set()
    assert Finished("image/jpeg") in await parts_of(render)


async def test_a_caller_who_stops_reading_leaves_no_file(
    told: StoredLibrary, patient: PatientRenderer, tmp_path: Path
) -> None:
    async with aclosing(renders(told, patient)(ANA, S, FEED, language("en"))) as parts:  # type: ignore[type-var]
        assert await anext(parts) == Progress(0.0)
    assert patient.at_work == 0
    assert plaintext(tmp_path) == []


async def test_only_so_many_are_rendered_at_once(told: StoredLibrary, patient: PatientRenderer) -> None:
    render = renders(told, patient, at_once=2)
    calls = [asyncio.create_task(parts_of(render)) for _ in range(4)]
    await until(lambda: patient.at_work == 2)
    await asyncio.sleep(0.05)
    assert patient.at_work == 2
    patient.go.set()
    assert all(Finished("image/jpeg") in parts for parts in await asyncio.gather(*calls))


async def test_an_outage_ends_the_call_as_what_it_is(told: StoredLibrary, patient: PatientRenderer) -> None:
    class Away:
        """A vault whose store is away."""

        @asynccontextmanager
        async def as_file(self, *_: object) -> AsyncIterator[Path]:
            raise Unavailable("the store is away")
            yield Path()

    render = RenderStory(told.catalog, Away(), patient, told.clock)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="the store is away"):
        await parts_of(render)


async def test_a_story_of_somebody_else_is_not_there(told: StoredLibrary, patient: PatientRenderer) -> None:
    with pytest.raises(NotFound, match="there is no story s"):
        await anext(renders(told, patient)(BEN, S, FEED, language("en")))
