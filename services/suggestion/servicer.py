"""The SuggestionService on the wire: converts, calls, converts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
from storyroll.suggestion.v1 import suggestion_pb2, suggestion_pb2_grpc

from services.domain.identity import StoryId
from services.rpc.identity import current_owner
from services.rpc.languages import language_of
from services.rpc.paging import PageTokens, page_size
from services.rpc.share_links import ShareLinks
from services.suggestion import convert
from services.suggestion.learning import Learning
from services.suggestion.react import ReactToStory
from services.suggestion.render import RenderStory
from services.suggestion.shared_stories import SharedStories
from services.suggestion.stories import Stories
from services.suggestion.watch import WatchStories

Context = grpc.aio.ServicerContext[Any, Any]

USUAL_PAGE = 50
LARGEST_PAGE = 200


class SuggestionServicer(suggestion_pb2_grpc.SuggestionServiceServicer):
    """Shows the caller's Stories."""

    service_name = "storyroll.suggestion.v1.SuggestionService"

    def __init__(
        self,
        stories: Stories,
        watch: WatchStories,
        render: RenderStory,
        react: ReactToStory,
        learning: Learning,
        *,
        links: ShareLinks,
        tokens: PageTokens,
    ) -> None:
        self._stories = stories
        self._watch = watch
        self._render = render
        self._react = react
        self._learning = learning
        self._links = links
        self._tokens = tokens

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        suggestion_pb2_grpc.add_SuggestionServiceServicer_to_server(self, server)

    async def ListStories(
        self, request: suggestion_pb2.ListStoriesRequest, context: Context
    ) -> suggestion_pb2.ListStoriesResponse:
        """List the stories that are due, best first."""
        owner, size = current_owner(), page_size(request.page_size, default=USUAL_PAGE, most=LARGEST_PAGE)
        after = convert.rank_from_position(self._tokens.read("ListStories", owner, request.page_token))
        dismissed = request.include_dismissed
        found = await self._stories.page(owner, after, size + 1, include_dismissed=dismissed)
        page, more = found[:size], len(found) > size
        token = self._tokens.issue("ListStories", owner, convert.position_of(page[-1])) if more else ""
        language = language_of(context)
        stories = [convert.story_to_pb(record, language) for record in page]
        return suggestion_pb2.ListStoriesResponse(stories=stories, next_page_token=token)

    async def WatchStories(
        self, request: suggestion_pb2.WatchStoriesRequest, context: Context
    ) -> AsyncIterator[suggestion_pb2.WatchStoriesResponse]:
        """Send what is shown, then every change."""
        async for change in self._watch(current_owner()):
            yield convert.change_to_pb(change, language_of(context))

    async def GetStory(
        self, request: suggestion_pb2.GetStoryRequest, context: Context
    ) -> suggestion_pb2.GetStoryResponse:
        """Return one story."""
        record = await self._stories.get(current_owner(), StoryId(request.story_id))
        return suggestion_pb2.GetStoryResponse(story=convert.story_to_pb(record, language_of(context)))

    async def ExplainStory(
        self, request: suggestion_pb2.ExplainStoryRequest, context: Context
    ) -> suggestion_pb2.ExplainStoryResponse:
        """Say why a story was proposed."""
        explanation = await self._stories.explain(current_owner(), StoryId(request.story_id))
        return convert.explanation_to_pb(explanation, language_of(context))

    async def RenderStory(
        self, request: suggestion_pb2.RenderStoryRequest, context: Context
    ) -> AsyncIterator[suggestion_pb2.RenderStoryResponse]:
        """Render a story: progress, then the bytes in pieces."""
        target = convert.format_from_pb(request.format)
        story, language = StoryId(request.story_id), language_of(context)
        async for part in self._render(current_owner(), story, target, language):
            yield convert.part_to_pb(part)

    async def RecordFeedback(
        self, request: suggestion_pb2.RecordFeedbackRequest, context: Context
    ) -> suggestion_pb2.RecordFeedbackResponse:
        """Record what the caller thinks of a story."""
        reaction = convert.reaction_from_pb(request.reaction)
        record = await self._react.feedback(current_owner(), StoryId(request.story_id), reaction)
        return suggestion_pb2.RecordFeedbackResponse(story=convert.story_to_pb(record, language_of(context)))

    async def ResetLearning(
        self, request: suggestion_pb2.ResetLearningRequest, context: Context
    ) -> suggestion_pb2.ResetLearningResponse:
        """Forget what was learned from the caller's reactions."""
        forgotten = await self._learning.reset(current_owner())
        return suggestion_pb2.ResetLearningResponse(forgotten=forgotten)

    async def ShareStory(
        self, request: suggestion_pb2.ShareStoryRequest, context: Context
    ) -> suggestion_pb2.ShareStoryResponse:
        """Make a story visible to whoever holds the token."""
        lifetime = convert.lifetime_from_pb(request.lifetime_seconds)
        owner, story = current_owner(), StoryId(request.story_id)
        sharing = await self._react.share(owner, story, lifetime)
        return convert.sharing_to_pb(sharing, self._links.issue(owner, story, sharing.token))

    async def UnshareStory(
        self, request: suggestion_pb2.UnshareStoryRequest, context: Context
    ) -> suggestion_pb2.UnshareStoryResponse:
        """Take sharing back."""
        await self._react.unshare(current_owner(), StoryId(request.story_id))
        return suggestion_pb2.UnshareStoryResponse()


class SharedStoryServicer(suggestion_pb2_grpc.SharedStoryServiceServicer):
    """Shows shared stories to whoever holds their tokens."""

    service_name = "storyroll.suggestion.v1.SharedStoryService"

    def __init__(self, shared: SharedStories, render: RenderStory, links: ShareLinks) -> None:
        self._shared = shared
        self._render = render
        self._links = links

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        suggestion_pb2_grpc.add_SharedStoryServiceServicer_to_server(self, server)

    async def GetSharedStory(
        self, request: suggestion_pb2.GetSharedStoryRequest, context: Context
    ) -> suggestion_pb2.GetSharedStoryResponse:
        """Return what a viewer may know of the story."""
        shared = await self._shared.view(*self._links.read(request.token))
        story = convert.shared_story_to_pb(shared, language_of(context))
        return suggestion_pb2.GetSharedStoryResponse(story=story)

    async def RenderSharedStory(
        self, request: suggestion_pb2.RenderSharedStoryRequest, context: Context
    ) -> AsyncIterator[suggestion_pb2.RenderSharedStoryResponse]:
        """Render the story: progress, then the bytes in pieces."""
        owner, story, secret = self._links.read(request.token)
        await self._shared.view(owner, story, secret)
        target = convert.format_from_pb(request.format)
        async for part in self._render(owner, story, target, language_of(context)):
            yield convert.shared_part_to_pb(part)
