"""SuggestionService over the wire: listed, watched, explained, rendered, shared, reacted to."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image
from storyroll.suggestion.v1 import suggestion_pb2 as pb
from storyroll.suggestion.v1 import suggestion_pb2_grpc

from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.domain.consent import Scope
from services.domain.records import Kind
from services.rpc.media_convert import timestamp_from_pb
from services.suggestion.main import assemble
from services.suggestion.settings import SuggestionSettings
from tests.rpc.conftest import Connecting, Serving
from tests.stored_library import LISBON, StoredLibrary, jpeg, seen, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
Code = grpc.StatusCode


@dataclass
class Bench:
    library: StoredLibrary
    folder: Path
    ana: Any
    ben: Any


@pytest.fixture
async def bench(serving: Serving, client: Connecting, tmp_path: Path) -> AsyncIterator[Bench]:
    """Ana has five stories of three photos; only one rendering is made at a time."""
    async with open_memory(tmp_path, SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        for number, id_ in enumerate("abc"):
            await library.add(id_, AT, LISBON, seen(id_, "beach"), data=jpeg(number))
        shown = [story(f"s{n}", "a", "b", "c", score=1 - n / 10) for n in range(5)]
        await library.tell(*shown)
        service = assemble(ports, SuggestionSettings(renderings=1))
        async with (
            serving(service) as (_, address),
            client(address) as ana,
            client(address, "ben") as ben,
        ):
            stub = suggestion_pb2_grpc.SuggestionServiceStub
            yield Bench(library, tmp_path, stub(ana), stub(ben))


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details() or ""


async def ids(stub: Any, **wanted: Any) -> tuple[list[str], str]:
    page = await stub.ListStories(pb.ListStoriesRequest(**wanted))
    return [found.id for found in page.stories], page.next_page_token


async def rendered(stub: Any, **wanted: Any) -> tuple[str, bytes]:
    """Return the media type and the bytes of a rendering."""
    media_type, data = "", b""
    async for part in stub.RenderStory(pb.RenderStoryRequest(story_id="s0", **wanted)):
        assert not (part.WhichOneof("part") == "data" and not media_type), "bytes came before their type"
        media_type = media_type or part.media_type
        data += part.data
    return media_type, data


async def test_stories_come_in_pages_best_first(bench: Bench) -> None:
    first, token = await ids(bench.ana, page_size=2)
    second, next_token = await ids(bench.ana, page_size=2, page_token=token)
    last, end = await ids(bench.ana, page_size=2, page_token=next_token)
    assert (first, second, last, end) == (["s0", "s1"], ["s2", "s3"], ["s4"], "")
    assert await ids(bench.ana, page_size=5) == ([f"s{n}" for n in range(5)], "")
    assert await ids(bench.ben) == ([], "")


async def test_forged_page_tokens_are_refused(bench: Bench) -> None:
    _, token = await ids(bench.ana, page_size=2)
    for stub, bad in ((bench.ana, token[:-4] + "AAAA"), (bench.ana, "!"), (bench.ben, token)):
        code, said = await refused(stub.ListStories(pb.ListStoriesRequest(page_token=bad)))
        assert (code, said) == (
            Code.INVALID_ARGUMENT,
            "the page token is not one that this method gave out",
        )
    assert (await refused(ids(bench.ana, page_size=-1)))[0] is Code.INVALID_ARGUMENT


async def test_a_story_is_explained(bench: Bench) -> None:
    told = (await bench.ana.GetStory(pb.GetStoryRequest(story_id="s0"))).story
    assert (told.title, told.state, told.kind) == (
        "An afternoon",
        pb.STORY_STATE_PROPOSED,
        pb.STORY_KIND_EVENT,
    )
    why = await bench.ana.ExplainStory(pb.ExplainStoryRequest(story_id="s0"))
    assert list(why.evidence) == ["3 photos"]
    assert list(why.scopes) == ["CLOUD_PROCESSING"]
    assert [item.asset_id for item in why.media] == ["a", "b", "c"]
    assert why.media[0].reason == "taken on 3 May 2024 at 14:00; in Lisbon; shows beach; quality 70%"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de-AT, de;q=0.9", "de"),
        ("en;q=0.5, de;q=0.8", "de"),
        ("fr", "en"),
        ("de;q=0", "en"),
        ("de;q=x", "en"),
    ],
)
async def test_stories_come_in_the_language_asked_for(bench: Bench, asked: str, language: str) -> None:
    said = {
        "en": "taken on 3 May 2024 at 14:00; in Lisbon; shows beach; quality 70%",
        "de": "aufgenommen am 3. Mai 2024 um 14:00; in Lisbon; zeigt: Strand; Qualität 70 %",
    }
    request, metadata = pb.ExplainStoryRequest(story_id="s0"), (("accept-language", asked),)
    why = await bench.ana.ExplainStory(request, metadata=metadata)
    assert why.media[0].reason == said[language]


@pytest.mark.parametrize(
    "call",
    [
        lambda stub, id_: stub.GetStory(pb.GetStoryRequest(story_id=id_)),
        lambda stub, id_: stub.ExplainStory(pb.ExplainStoryRequest(story_id=id_)),
        lambda stub, id_: stub.RenderStory(pb.RenderStoryRequest(story_id=id_)).read(),
        lambda stub, id_: stub.RecordFeedback(
            pb.RecordFeedbackRequest(story_id=id_, reaction=pb.REACTION_SEEN)
        ),
        lambda stub, id_: stub.ShareStory(pb.ShareStoryRequest(story_id=id_)),
        lambda stub, id_: stub.UnshareStory(pb.UnshareStoryRequest(story_id=id_)),
    ],
)
async def test_what_is_somebody_elses_is_missing_in_the_same_words(
    bench: Bench, call: Callable[[Any, str], Awaitable[Any]]
) -> None:
    theirs, nobodys = await refused(call(bench.ben, "s0")), await refused(call(bench.ana, "s9"))
    assert theirs == (Code.NOT_FOUND, "there is no story s0")
    assert nobodys == (Code.NOT_FOUND, "there is no story s9")


@pytest.mark.parametrize(
    "call",
    [
        lambda stub: stub.RecordFeedback(pb.RecordFeedbackRequest(story_id="s0")),
        lambda stub: stub.RecordFeedback(pb.RecordFeedbackRequest(story_id="s0", reaction=99)),  # type: ignore[arg-type]
        lambda stub: stub.RenderStory(pb.RenderStoryRequest(story_id="s0", format=99)).read(),  # type: ignore[arg-type]
        lambda stub: stub.ShareStory(pb.ShareStoryRequest(story_id="s0", lifetime_seconds=-1)),
        lambda stub: stub.ShareStory(pb.ShareStoryRequest(story_id="s0", lifetime_seconds=91 * 86_400)),
        lambda stub: stub.ShareStory(pb.ShareStoryRequest(story_id="s0", lifetime_seconds=2**62)),
    ],
)
async def test_what_means_nothing_is_refused(bench: Bench, call: Callable[[Any], Awaitable[Any]]) -> None:
    code, said = await refused(call(bench.ana))
    assert code is Code.INVALID_ARGUMENT
    assert said
    assert (await bench.library.states(Kind.STORY))["s0"] == "proposed"


async def test_a_dismissed_story_disappears_unless_asked_for(bench: Bench) -> None:
    request = pb.RecordFeedbackRequest(story_id="s0", reaction=pb.REACTION_DISMISSED)
    assert (await bench.ana.RecordFeedback(request)).story.state == pb.STORY_STATE_DISMISSED
    assert (await ids(bench.ana))[0] == ["s1", "s2", "s3", "s4"]
    assert (await ids(bench.ana, include_dismissed=True))[0][0] == "s0"


async def test_sharing_is_given_and_taken_back(bench: Bench) -> None:
    shared = await bench.ana.ShareStory(pb.ShareStoryRequest(story_id="s0", lifetime_seconds=3600))
    left = timestamp_from_pb(shared.expire_time) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    assert len(shared.token) >= 32
    assert (await bench.library.states(Kind.STORY))["s0"] == "shared"
    await bench.ana.UnshareStory(pb.UnshareStoryRequest(story_id="s0"))
    assert (await bench.library.states(Kind.STORY))["s0"] == "saved"


async def test_a_watcher_hears_of_changes(bench: Bench) -> None:
    call = bench.ana.WatchStories(pb.WatchStoriesRequest())
    async with asyncio.timeout(10):
        first = [await call.read() for _ in range(6)]
        assert [change.story.id for change in first[:5]] == [f"s{n}" for n in range(5)]
        assert first[5].assets_pending == 3
        dismissed = pb.RecordFeedbackRequest(story_id="s1", reaction=pb.REACTION_DISMISSED)
        await bench.ana.RecordFeedback(dismissed)
        assert (await call.read()).withdrawn_story_id == "s1"
    call.cancel()


@pytest.mark.parametrize(
    ("format_", "size"),
    [
        (pb.RENDER_FORMAT_UNSPECIFIED, (1080, 1350)),
        (pb.RENDER_FORMAT_COLLAGE_PORTRAIT, (1080, 1920)),
        (pb.RENDER_FORMAT_COLLAGE_LANDSCAPE, (1920, 1080)),
    ],
)
async def test_a_collage_is_rendered(
    bench: Bench, format_: pb.RenderFormat.ValueType, size: tuple[int, int]
) -> None:
    media_type, data = await rendered(bench.ana, format=format_)
    assert media_type == "image/jpeg"
    assert Image.open(io.BytesIO(data)).size == size


async def test_a_caller_who_goes_frees_the_slot_and_leaves_no_file(bench: Bench) -> None:
    call = bench.ana.RenderStory(pb.RenderStoryRequest(story_id="s0", format=pb.RENDER_FORMAT_VIDEO_PORTRAIT))
    async with asyncio.timeout(30):
        assert (await call.read()).WhichOneof("part") == "progress"
        call.cancel()
        media_type, _ = await rendered(bench.ana)
    assert media_type == "image/jpeg"
    assert [path for path in bench.folder.glob("scratch/**/*") if path.is_file()] == []


async def test_what_was_learned_is_forgotten_when_asked(bench: Bench) -> None:
    reaction = pb.RecordFeedbackRequest(story_id="s0", reaction=pb.REACTION_SAVED)
    await bench.ana.RecordFeedback(reaction)
    assert (await bench.ana.ResetLearning(pb.ResetLearningRequest())).forgotten == 1
    assert (await bench.ana.ResetLearning(pb.ResetLearningRequest())).forgotten == 0
    code, _ = await refused(bench.ben.ResetLearning(pb.ResetLearningRequest()))
    assert code is Code.FAILED_PRECONDITION
