"""Converters between stories and storyroll.suggestion.v1."""

from __future__ import annotations

from datetime import timedelta

from storyroll.suggestion.v1 import suggestion_pb2

from services.domain.errors import InvalidArgument
from services.domain.records import Record, StoryState
from services.domain.stories.story import Reaction, Sharing, Story, StoryMedia
from services.domain.stories.text import Language
from services.rendering.formats import RenderFormat
from services.rpc.media_convert import box_to_pb, date_to_pb, local_time_to_pb, timestamp_to_pb
from services.rpc.paging import Position
from services.suggestion.react import USUAL_SHARE
from services.suggestion.render import Finished, Part, Piece, Progress
from services.suggestion.shared_stories import SharedStory
from services.suggestion.stories import Explanation, Rank, rank
from services.suggestion.watch import AssetsPending, Change, StoryChanged, StoryWithdrawn

_FORMATS: dict[int, RenderFormat | None] = {
    suggestion_pb2.RENDER_FORMAT_UNSPECIFIED: None,
    suggestion_pb2.RENDER_FORMAT_COLLAGE_PORTRAIT: RenderFormat.COLLAGE_PORTRAIT_9_16,
    suggestion_pb2.RENDER_FORMAT_COLLAGE_FEED: RenderFormat.COLLAGE_4_5,
    suggestion_pb2.RENDER_FORMAT_COLLAGE_LANDSCAPE: RenderFormat.COLLAGE_16_9,
    suggestion_pb2.RENDER_FORMAT_VIDEO_PORTRAIT: RenderFormat.VIDEO_9_16,
}


def story_to_pb(record: Record, language: Language) -> suggestion_pb2.Story:
    """Convert a record of kind STORY, said in a language."""
    story = record.require(Story)
    message = suggestion_pb2.Story(
        id=story.id,
        kind=suggestion_pb2.StoryKind.Value(f"STORY_KIND_{story.kind.name}"),
        form=suggestion_pb2.StoryForm.Value(f"STORY_FORM_{story.form.name}"),
        state=suggestion_pb2.StoryState.Value(f"STORY_STATE_{StoryState(record.state).name}"),
        title=language.say(story.title),
        subtitle=language.say(story.subtitle),
        cover=story.cover,
        media=map(_media_to_pb, story.media),
        score=story.score,
        evidence=map(language.say, story.evidence),
        start=local_time_to_pb(story.start),
        end=local_time_to_pb(story.end),
        due=date_to_pb(story.due),
        person_ids=story.people,
    )
    if story.expires:
        message.expires.CopyFrom(date_to_pb(story.expires))
    return message


def _media_to_pb(media: StoryMedia) -> suggestion_pb2.StoryMedia:
    message = suggestion_pb2.StoryMedia(asset_id=media.asset_id)
    if media.focus:
        message.focus.CopyFrom(box_to_pb(media.focus))
    return message


def position_of(record: Record) -> Position:
    """Return where a page ends, as page tokens carry it."""
    score, id_ = rank(record)
    return None, f"{score.hex()} {id_}"


def rank_from_position(position: Position | None) -> Rank | None:
    """Return the rank at which the page before ended; None for the first page."""
    if position is None:
        return None
    score, _, id_ = position[1].partition(" ")
    return float.fromhex(score), id_


def change_to_pb(change: Change, language: Language) -> suggestion_pb2.WatchStoriesResponse:
    """Convert a change among the stories."""
    match change:
        case StoryChanged(record):
            return suggestion_pb2.WatchStoriesResponse(story=story_to_pb(record, language))
        case StoryWithdrawn(id_):
            return suggestion_pb2.WatchStoriesResponse(withdrawn_story_id=id_)
        case AssetsPending(count):
            return suggestion_pb2.WatchStoriesResponse(assets_pending=count)


def explanation_to_pb(explanation: Explanation, language: Language) -> suggestion_pb2.ExplainStoryResponse:
    """Convert why a story was proposed, said in a language."""
    return suggestion_pb2.ExplainStoryResponse(
        evidence=map(language.say, explanation.story.evidence),
        media=[
            suggestion_pb2.MediaReason(asset_id=item.asset_id, reason=language.say(item.reason))
            for item in explanation.media
        ],
        scopes=sorted(scope.name for scope in explanation.story.scopes),
    )


def format_from_pb(value: suggestion_pb2.RenderFormat.ValueType) -> RenderFormat | None:
    """Convert what to make, None for the story's own form; raise InvalidArgument for an unknown one."""
    if value not in _FORMATS:
        raise InvalidArgument(f"{value} is not a render format")
    return _FORMATS[value]


def part_to_pb(part: Part) -> suggestion_pb2.RenderStoryResponse:
    """Convert progress, the media type, or a piece of the result."""
    match part:
        case Progress(fraction):
            return suggestion_pb2.RenderStoryResponse(progress=fraction)
        case Finished(media_type):
            return suggestion_pb2.RenderStoryResponse(media_type=media_type)
        case Piece(data):
            return suggestion_pb2.RenderStoryResponse(data=data)


def reaction_from_pb(value: suggestion_pb2.Reaction.ValueType) -> Reaction:
    """Convert what an owner did with a story; raise InvalidArgument for nothing known."""
    name = suggestion_pb2.Reaction.Name(value) if value in suggestion_pb2.Reaction.values() else ""
    try:
        return Reaction[name.removeprefix("REACTION_")]
    except KeyError:
        raise InvalidArgument("name a reaction: seen, saved, shared, edited or dismissed") from None


def lifetime_from_pb(seconds: int) -> timedelta:
    """Convert how long a story is shared; 0 for the usual time. Raises InvalidArgument beyond reason."""
    try:
        return timedelta(seconds=seconds) if seconds else USUAL_SHARE
    except OverflowError:
        raise InvalidArgument("lifetime_seconds is out of range") from None


def sharing_to_pb(sharing: Sharing, token: str) -> suggestion_pb2.ShareStoryResponse:
    """Convert the way to a shared story."""
    return suggestion_pb2.ShareStoryResponse(token=token, expire_time=timestamp_to_pb(sharing.expires_at))


def shared_story_to_pb(shared: SharedStory, language: Language) -> suggestion_pb2.SharedStory:
    """Convert a story to what its viewers may know of it, said in a language."""
    story = shared.story
    return suggestion_pb2.SharedStory(
        kind=suggestion_pb2.StoryKind.Value(f"STORY_KIND_{story.kind.name}"),
        form=suggestion_pb2.StoryForm.Value(f"STORY_FORM_{story.form.name}"),
        title=language.say(story.title),
        subtitle=language.say(story.subtitle),
        start=date_to_pb(story.start.date()),
        end=date_to_pb(story.end.date()),
        expire_time=timestamp_to_pb(shared.expires_at),
    )


def shared_part_to_pb(part: Part) -> suggestion_pb2.RenderSharedStoryResponse:
    """Convert progress, the media type, or a piece of the result."""
    match part:
        case Progress(fraction):
            return suggestion_pb2.RenderSharedStoryResponse(progress=fraction)
        case Finished(media_type):
            return suggestion_pb2.RenderSharedStoryResponse(media_type=media_type)
        case Piece(data):
            return suggestion_pb2.RenderSharedStoryResponse(data=data)
