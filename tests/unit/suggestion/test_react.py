"""What owners make of their stories, and what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument, NotFound
from services.domain.identity import PersonId, StoryId
from services.domain.messages import Consumer, MessageType
from services.domain.records import Kind, StoryState
from services.domain.stories.story import Feedback, Reaction, Sharing, StoryKind
from services.suggestion.react import LONGEST_SHARE, USUAL_SHARE, ReactToStory
from tests.stored_library import ANA, BEN, StoredLibrary, story

S = StoryId("s")


@pytest.fixture
async def react(library: StoredLibrary) -> ReactToStory:
    await library.tell(story(S, "a", people=(PersonId("p1"),)))
    return ReactToStory(library.catalog, library.clock, library.signals)


async def sharing(library: StoredLibrary) -> Sharing | None:
    return (await library.catalog.get(ANA, Kind.STORY, S)).get(Sharing)


@pytest.mark.parametrize(
    ("reaction", "state"),
    [
        (Reaction.SEEN, StoryState.PROPOSED),
        (Reaction.EDITED, StoryState.PROPOSED),
        (Reaction.SHARED, StoryState.PROPOSED),
        (Reaction.SAVED, StoryState.SAVED),
        (Reaction.DISMISSED, StoryState.DISMISSED),
    ],
)
async def test_a_reaction_moves_the_story_on_and_teaches(
    library: StoredLibrary, react: ReactToStory, reaction: Reaction, state: StoryState
) -> None:
    assert (await react.feedback(ANA, S, reaction)).state == state
    (record,) = await library.catalog.find(ANA, Kind.FEEDBACK)
    learnt = record.require(Feedback)
    assert (learnt.story_id, learnt.kind, learnt.reaction) == (S, StoryKind.EVENT, reaction)
    assert learnt.people == ("p1",)
    assert await library.audited() == ["feedback_recorded"]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, S)]


async def test_without_learning_a_reaction_is_obeyed_and_not_learnt_from(
    library: StoredLibrary, react: ReactToStory
) -> None:
    await library.grant(*set(Scope) - {Scope.LEARNING})
    assert (await react.feedback(ANA, S, Reaction.DISMISSED)).state == StoryState.DISMISSED
    assert await library.states(Kind.FEEDBACK) == {}


async def test_a_story_is_shared_for_a_while_and_taken_back(
    library: StoredLibrary, react: ReactToStory
) -> None:
    one = await react.share(ANA, S)
    assert one.expires_at - one.shared_at == USUAL_SHARE
    assert await sharing(library) == one
    assert await library.states(Kind.STORY) == {S: StoryState.SHARED}
    again = await react.share(ANA, S, timedelta(days=1))
    assert again.token != one.token
    assert len(again.token) >= 32
    await react.unshare(ANA, S)
    assert await sharing(library) is None
    assert await library.states(Kind.STORY) == {S: StoryState.SAVED}
    assert await library.audited() == ["story_shared", "story_shared", "story_unshared"]


@pytest.mark.parametrize("lifetime", [LONGEST_SHARE, timedelta(seconds=1)])
async def test_lifetimes_that_are_taken(react: ReactToStory, lifetime: timedelta) -> None:
    made = await react.share(ANA, S, lifetime)
    assert made.expires_at - made.shared_at == lifetime


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1), LONGEST_SHARE + timedelta(seconds=1)])
async def test_lifetimes_that_are_refused(
    library: StoredLibrary, react: ReactToStory, lifetime: timedelta
) -> None:
    with pytest.raises(InvalidArgument, match="at most 90 days"):
        await react.share(ANA, S, lifetime)
    assert await sharing(library) is None


async def test_a_shared_story_that_is_kept_stays_shared(library: StoredLibrary, react: ReactToStory) -> None:
    made = await react.share(ANA, S)
    assert (await react.feedback(ANA, S, Reaction.SAVED)).state == StoryState.SHARED
    assert await sharing(library) == made


async def test_a_shared_story_that_is_dismissed_is_shared_no_more(
    library: StoredLibrary, react: ReactToStory
) -> None:
    await react.share(ANA, S)
    assert (await react.feedback(ANA, S, Reaction.DISMISSED)).state == StoryState.DISMISSED
    assert await sharing(library) is None


@pytest.mark.parametrize("state", [StoryState.PROPOSED, StoryState.DISMISSED])
async def test_taking_back_what_is_not_shared_changes_nothing(
    library: StoredLibrary, react: ReactToStory, state: StoryState
) -> None:
    await library.tell(story(S, "a"), state=state)
    await react.unshare(ANA, S)
    assert await library.states(Kind.STORY) == {S: state}
    assert await library.audited() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda react: react.feedback(BEN, S, Reaction.SAVED),
        lambda react: react.share(BEN, S),
        lambda react: react.unshare(BEN, S),
    ],
)
async def test_a_story_of_somebody_else_is_not_there(
    react: ReactToStory, call: Callable[[ReactToStory], Awaitable[object]]
) -> None:
    with pytest.raises(NotFound, match="there is no story s"):
        await call(react)
