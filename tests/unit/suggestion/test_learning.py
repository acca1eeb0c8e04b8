"""Forgetting what was learned from reactions."""

from __future__ import annotations

from services.domain.consent import Scope
from services.domain.identity import StoryId
from services.domain.messages import Consumer, MessageType
from services.domain.records import Kind, StoryState
from services.domain.stories.story import Reaction
from services.suggestion.learning import Learning
from services.suggestion.react import ReactToStory
from tests.stored_library import ANA, StoredLibrary, story


async def reacted(library: StoredLibrary) -> Learning:
    await library.tell(story("s", "a", theme="dogs"), story("t", "a"))
    react = ReactToStory(library.catalog, library.clock, library.signals)
    await react.feedback(ANA, StoryId("s"), Reaction.SAVED)
    await react.feedback(ANA, StoryId("t"), Reaction.DISMISSED)
    await library.heard(Consumer.SCHEDULER)
    return Learning(library.catalog, library.clock)


async def test_every_reaction_is_forgotten_and_every_decision_stays(library: StoredLibrary) -> None:
    learning = await reacted(library)
    assert await learning.reset(ANA) == 2
    assert await library.states(Kind.FEEDBACK) == {}
    assert await library.states(Kind.STORY) == {"s": StoryState.SAVED, "t": StoryState.DISMISSED}
    assert (await library.audited())[-1] == "learning_reset"
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, "learning")]
    assert await learning.reset(ANA) == 0


async def test_a_reaction_to_a_theme_goes_with_what_it_rests_on(library: StoredLibrary) -> None:
    await reacted(library)
    await library.catalog.erase(ANA, frozenset({Scope.CONTENT}))
    assert len(await library.states(Kind.FEEDBACK)) == 1
    await library.catalog.erase(ANA, frozenset({Scope.LEARNING}))
    assert await library.states(Kind.FEEDBACK) == {}
