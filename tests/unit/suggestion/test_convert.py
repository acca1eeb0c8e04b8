"""What suggestion says on the wire, field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from storyroll.suggestion.v1 import suggestion_pb2 as pb

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument
from services.domain.identity import AssetId, PersonId, StoryId
from services.domain.media import Box
from services.domain.records import Kind, Record, StoryState
from services.domain.stories import wording
from services.domain.stories.story import Form, Reaction, Sharing, Story, StoryKind, StoryMedia
from services.domain.stories.text import language
from services.rendering.formats import RenderFormat
from services.rpc.media_convert import box_from_pb, date_from_pb, local_time_from_pb, timestamp_from_pb
from services.suggestion import convert
from services.suggestion.react import USUAL_SHARE
from services.suggestion.render import Finished, Piece, Progress
from services.suggestion.shared_stories import SharedStory
from services.suggestion.stories import Explanation, MediaReason, rank
from services.suggestion.watch import AssetsPending, StoryChanged, StoryWithdrawn
from tests.stored_library import ANA, NOW, story

ENGLISH = language("en")
BOX = Box(0.25, 0.5, 0.75, 1.0)


def record(state: StoryState = StoryState.PROPOSED, **changes: object) -> Record:
    return Record(ANA, Kind.STORY, "s", state=state, facets={Story: story("s", "a", "b", **changes)})


def test_a_story() -> None:
    media = (StoryMedia(AssetId("b"), BOX), StoryMedia(AssetId("a")))
    message = convert.story_to_pb(
        record(media=media, expires=date(2024, 6, 1), people=(PersonId("p1"),), score=0.75), ENGLISH
    )
    known = story("s", "a")
    assert (message.id, message.title, message.subtitle) == ("s", known.title, known.subtitle)
    assert (message.cover, list(message.evidence), message.score) == ("a", ["3 photos"], 0.75)
    assert (local_time_from_pb(message.start), local_time_from_pb(message.end)) == (known.start, known.end)
    assert (date_from_pb(message.due), date_from_pb(message.expires)) == (known.due, date(2024, 6, 1))
    assert [item.asset_id for item in message.media] == ["b", "a"]
    assert box_from_pb(message.media[0].focus) == BOX
    assert not message.media[1].HasField("focus")
    assert list(message.person_ids) == ["p1"]


def test_a_story_that_stays_has_no_end() -> None:
    assert not convert.story_to_pb(record(), ENGLISH).HasField("expires")


@pytest.mark.parametrize("kind", StoryKind)
def test_every_kind_of_story_has_its_word(kind: StoryKind) -> None:
    assert (
        pb.StoryKind.Name(convert.story_to_pb(record(kind=kind), ENGLISH).kind) == f"STORY_KIND_{kind.name}"
    )


@pytest.mark.parametrize("state", StoryState)
@pytest.mark.parametrize("form", Form)
def test_every_state_and_form_has_its_word(state: StoryState, form: Form) -> None:
    message = convert.story_to_pb(record(state, form=form), ENGLISH)
    assert pb.StoryState.Name(message.state) == f"STORY_STATE_{state.name}"
    assert pb.StoryForm.Name(message.form) == f"STORY_FORM_{form.name}"


def test_every_reaction_that_has_a_word_is_understood() -> None:
    understood = {convert.reaction_from_pb(value) for value in pb.Reaction.values() if value}
    assert understood == set(Reaction)
    for unknown in (0, 99, -1):
        with pytest.raises(InvalidArgument, match="name a reaction"):
            convert.reaction_from_pb(unknown)  # type: ignore[arg-type]


def test_every_format_that_has_a_word_is_understood() -> None:
    understood = [convert.format_from_pb(value) for value in pb.RenderFormat.values()]
    assert understood[0] is None
    assert set(understood[1:]) == set(RenderFormat)
    with pytest.raises(InvalidArgument, match="99 is not a render format"):
        convert.format_from_pb(99)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "lifetime"),
    [(0, USUAL_SHARE), (60, timedelta(minutes=1)), (-1, timedelta(seconds=-1))],
)
def test_lifetimes(seconds: int, lifetime: timedelta) -> None:
    assert convert.lifetime_from_pb(seconds) == lifetime


def test_a_lifetime_beyond_all_reason() -> None:
    with pytest.raises(InvalidArgument, match="out of range"):
        convert.lifetime_from_pb(2**62)


def test_changes() -> None:
    assert convert.change_to_pb(StoryChanged(record()), ENGLISH).story.id == "s"
    assert convert.change_to_pb(StoryWithdrawn(StoryId("s")), ENGLISH).withdrawn_story_id == "s"
    nothing_left = convert.change_to_pb(AssetsPending(0), ENGLISH)
    assert (nothing_left.WhichOneof("change"), nothing_left.assets_pending) == ("assets_pending", 0)


def test_parts() -> None:
    begun = convert.part_to_pb(Progress(0.0))
    assert (begun.WhichOneof("part"), begun.progress) == ("progress", 0.0)
    assert convert.part_to_pb(Finished("video/mp4")).media_type == "video/mp4"
    assert convert.part_to_pb(Piece(b"\x00\xff")).data == b"\x00\xff"


def test_an_explanation() -> None:
    told = story("s", "a", rests_on=frozenset({Scope.FACES}))
    message = convert.explanation_to_pb(Explanation(told, (MediaReason(AssetId("a"), "in Lisbon"),)), ENGLISH)
    assert list(message.evidence) == ["3 photos"]
    assert [(item.asset_id, item.reason) for item in message.media] == [("a", "in Lisbon")]
    assert list(message.scopes) == ["CLOUD_PROCESSING", "FACES"]


def test_sharing() -> None:
    expires = datetime(2024, 6, 1, tzinfo=UTC)
    message = convert.sharing_to_pb(Sharing("secret", NOW, expires), "token")
    assert (message.token, timestamp_from_pb(message.expire_time)) == ("token", expires)


@pytest.mark.parametrize(("tag", "title"), [("en", "First snow"), ("de", "Der erste Schnee")])
def test_a_shared_story_is_told_in_the_language_of_its_viewer(tag: str, title: str) -> None:
    told = story("s", "a", title=wording.say("title.first_snow"))
    message = convert.shared_story_to_pb(SharedStory(told, NOW), language(tag))
    assert (message.title, message.subtitle) == (title, "3 May 2024")
    assert timestamp_from_pb(message.expire_time) == NOW


@pytest.mark.parametrize("score", [0.0, 0.1, 1 / 3, 1.0])
def test_ranks_survive_page_tokens_exactly(score: float) -> None:
    position = convert.position_of(record(score=score))
    assert convert.rank_from_position(position) == rank(record(score=score))
    assert convert.rank_from_position(None) is None
