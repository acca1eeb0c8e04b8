"""The demo album becomes Stories: proposed while it still uploads, explained, rendered, shared, withdrawn."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import date
from pathlib import Path

import av
import grpc
import pytest
import pytest_asyncio
from PIL import Image
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from examples.demo import person_at
from examples.demo_album.plan import Album
from services.cli.sync.conditions import Gate
from services.cli.sync.patience import Patience
from services.cli.sync.piece import Piece
from services.cli.sync.walk import LocalFile, Walk
from services.cli.sync.writer import FileWriter
from services.domain.consent import Scope
from services.rpc.media_convert import date_to_pb
from tests.e2e.owner import Owner
from tests.e2e.storyroll import Storyroll
from tests.otlp_collector import Collector, Span

pytestmark = [pytest.mark.models, pytest.mark.slow]

UP = ("--today", "2025-05-05")
"""The album's own day, so that its birthday is near."""
PACE = 0.25
"""Seconds between two uploads: a phone that takes its time."""
ALL_BUT_LEARNING = (Scope.CLOUD_PROCESSING, Scope.LOCATION, Scope.FACES, Scope.CONTENT)
WAY = {
    "storyroll.upload.v1.UploadService/WriteAsset",
    *(f"stage {stage}" for stage in ("metadata", "inference", "scheduler")),
    *(f"vision {stage}" for stage in ("decode", "queue", "inference", "heads")),
    *(f"step {step}" for step in ("probe", "read_library", "group", "plan", "store")),
}
"""What is done for a photo."""
Format = suggestion_pb2.RenderFormat.ValueType
Story = suggestion_pb2.Story
OnThisDay, Trip = suggestion_pb2.STORY_KIND_ON_THIS_DAY, suggestion_pb2.STORY_KIND_TRIP


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def early(shared: Storyroll, album: tuple[Path, Album]) -> list[int]:
    """Upload the album slowly; return, for each story told meanwhile, how many files had arrived."""
    files = list(Walk(album[0]))
    async with shared.owner("ana") as ana:
        await ana.grant(*ALL_BUT_LEARNING)
        arrived: list[LocalFile] = []
        told: list[int] = []
        listening = asyncio.create_task(listen(ana, told, arrived))
        writer = FileWriter(ana.session.upload, Patience(), lambda _: None, Gate())
        for file in files:
            await writer.write(Piece(file, hashlib.sha256(file.path.read_bytes()).digest(), 0))
            arrived.append(file)
            await asyncio.sleep(PACE)
        listening.cancel()
        await ana.settle()
    return [count for count in told if count < len(files)]


async def listen(owner: Owner, told: list[int], arrived: list[LocalFile]) -> None:
    """Note with each story that is told how many files had arrived."""
    async for change in owner.session.suggestion.WatchStories(suggestion_pb2.WatchStoriesRequest()):
        if change.HasField("story"):
            told.append(len(arrived))  # noqa: PERF401 - read while the watch still runs


def test_stories_appear_while_the_album_still_uploads(early: list[int]) -> None:
    print(f"stories were told after {early} of 68 files")
    assert early


@pytest.mark.usefixtures("early")
def test_a_photo_is_followed_from_its_upload_to_the_plan(collector: Collector) -> None:
    def whole(spans: list[Span]) -> dict[str, set[str]]:
        traces: dict[str, set[str]] = {}
        for span in spans:
            traces.setdefault(span.trace, set()).add(span.name)
        return {trace: names for trace, names in traces.items() if names >= WAY}

    assert whole(collector.wait(lambda spans: bool(whole(spans))))


@pytest.mark.usefixtures("early")
async def test_trips_and_this_day_in_other_years_are_told(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        stories = await ana.stories()
    assert sum(story.kind == Trip for story in stories) >= 2
    assert any("Paris" in story.title for story in stories)
    (this_day,) = (story for story in stories if story.kind == OnThisDay)
    days = {item.time.ToDatetime().strftime("%m-%d") for item in (this_day.start, this_day.end)}
    assert days == {"05-05"}
    assert all(story.evidence and story.title and 0 < story.score <= 1 for story in stories)
    assert suggestion_pb2.STORY_KIND_BIRTHDAY not in {story.kind for story in stories}


@pytest.mark.usefixtures("early")
async def test_a_birthday_is_told_once_somebody_has_a_name(
    shared: Storyroll, album: tuple[Path, Album]
) -> None:
    who = album[1].person
    async with shared.owner("ana") as ana:
        person = person_at(await ana.assets(), who.faces[0])
        await ana.session.metadata.UpdatePerson(
            metadata_pb2.UpdatePersonRequest(
                person_id=person or "", name=who.name, birthday=date_to_pb(who.birthday)
            )
        )
        story = await ana.story_of(suggestion_pb2.STORY_KIND_BIRTHDAY)
    age = date(2025, 5, 9).year - who.birthday.year
    assert story.title == f"{who.name} turns {age}"
    assert list(story.person_ids) == [person]


@pytest.mark.usefixtures("early")
async def test_a_story_is_explained_picture_by_picture(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        trip = await ana.story_of(Trip)
        why = await ana.session.suggestion.ExplainStory(suggestion_pb2.ExplainStoryRequest(story_id=trip.id))
    assert list(why.evidence) == list(trip.evidence)
    assert [item.asset_id for item in why.media] == [item.asset_id for item in trip.media]
    assert all("taken on" in item.reason and str(trip_year(trip)) in item.reason for item in why.media)
    assert {"CLOUD_PROCESSING", "LOCATION"} <= set(why.scopes)


def trip_year(story: Story) -> int:
    return story.start.time.ToDatetime().year


async def rendered(owner: Owner, story: Story, form: Format) -> tuple[str, bytes]:
    """Render a story; its progress grows, the type comes before the bytes."""
    progress, media_type, data = [0.0], "", b""
    request = suggestion_pb2.RenderStoryRequest(story_id=story.id, format=form)
    async for response in owner.session.suggestion.RenderStory(request):
        match response.WhichOneof("part"):
            case "progress":
                progress.append(response.progress)
            case "media_type":
                media_type = response.media_type
            case "data":
                assert media_type
                data += response.data
    assert progress == sorted(progress)
    assert len(progress) > 1
    return media_type, data


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize(
    ("form", "size"),
    [
        (suggestion_pb2.RENDER_FORMAT_COLLAGE_PORTRAIT, (1080, 1920)),
        (suggestion_pb2.RENDER_FORMAT_COLLAGE_LANDSCAPE, (1920, 1080)),
    ],
)
async def test_a_collage_is_a_picture(shared: Storyroll, form: Format, size: tuple[int, int]) -> None:
    async with shared.owner("ana") as ana:
        media_type, data = await rendered(ana, await ana.story_of(Trip), form)
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert (media_type, picture.format, picture.size) == ("image/jpeg", "JPEG", size)


@pytest.mark.usefixtures("early")
async def test_a_recap_is_a_video_that_browsers_play(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        weekend = await ana.story_of(suggestion_pb2.STORY_KIND_WEEKEND)
        media_type, data = await rendered(ana, weekend, suggestion_pb2.RENDER_FORMAT_VIDEO_PORTRAIT)
    assert media_type == "video/mp4"
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        coded = (stream.codec_context.name, stream.codec_context.pix_fmt, stream.average_rate)
        assert coded == ("h264", "yuv420p", 30)
        assert (stream.width, stream.height) == (1080, 1920)
        frames = sum(1 for _ in container.decode(stream))
    assert frames >= 30 * len(weekend.media)


@pytest.mark.usefixtures("early")
async def test_a_story_is_shared_and_taken_back(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        trip, calls = await ana.story_of(Trip), ana.session.suggestion
        sharing = await calls.ShareStory(suggestion_pb2.ShareStoryRequest(story_id=trip.id))
        assert len(sharing.token) >= 32
        assert sharing.expire_time.ToDatetime().date() == date(2025, 5, 12)
        assert await state_of(ana, trip) == suggestion_pb2.STORY_STATE_SHARED
        await calls.UnshareStory(suggestion_pb2.UnshareStoryRequest(story_id=trip.id))
        assert await state_of(ana, trip) == suggestion_pb2.STORY_STATE_SAVED


async def state_of(owner: Owner, story: Story) -> int:
    answer = await owner.session.suggestion.GetStory(suggestion_pb2.GetStoryRequest(story_id=story.id))
    return answer.story.state


@pytest.mark.usefixtures("early")
async def test_stories_are_nobody_elses(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana, shared.owner("ben") as ben:
        trip = await ana.story_of(Trip)
        said = [await refusal(ben, id_) for id_ in (trip.id, "0" * len(trip.id))]
        assert (await ben.stories(), await ben.people()) == ([], [])
    assert said[0].replace(trip.id, "") == said[1].replace("0" * len(trip.id), "")


async def refusal(owner: Owner, story: str) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await owner.session.suggestion.GetStory(suggestion_pb2.GetStoryRequest(story_id=story))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    return refused.value.details() or ""


@pytest.mark.usefixtures("early")
async def test_a_dismissed_story_disappears_before_the_watchers_eyes(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        calls = ana.session.suggestion
        theme = await ana.story_of(suggestion_pb2.STORY_KIND_THEME)
        async with asyncio.timeout(60):
            async for change in calls.WatchStories(suggestion_pb2.WatchStoriesRequest()):
                if change.story.id == theme.id:
                    dismissed = suggestion_pb2.RecordFeedbackRequest(
                        story_id=theme.id, reaction=suggestion_pb2.REACTION_DISMISSED
                    )
                    await calls.RecordFeedback(dismissed)
                if change.withdrawn_story_id == theme.id:
                    break
        assert theme.id not in {story.id for story in await ana.stories()}
        everything = await calls.ListStories(suggestion_pb2.ListStoriesRequest(include_dismissed=True))
    assert theme.id in {story.id for story in everything.stories}


@pytest.mark.usefixtures("early")
async def test_a_deleted_picture_is_in_no_story_any_more(shared: Storyroll) -> None:
    async with shared.owner("ana") as ana:
        story = await ana.story_of(OnThisDay)
        doomed = [item.asset_id for item in story.media]
        request = metadata_pb2.DeleteAssetsRequest(asset_ids=doomed)
        assert (await ana.session.metadata.DeleteAssets(request)).deleted == len(doomed)
        shown = {item.asset_id for story in await ana.stories() for item in story.media}
        assert shown.isdisjoint(doomed)
        await ana.settle()
        assert {asset["id"] for asset in (await ana.assets()).values()}.isdisjoint(doomed)
        assert OnThisDay not in {story.kind for story in await ana.stories()}
