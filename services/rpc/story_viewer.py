"""A shared story as whoever has its token sees it, asked for over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from storyroll.suggestion.v1 import suggestion_pb2, suggestion_pb2_grpc

from services.domain.errors import Unavailable
from services.rpc.languages import METADATA_KEY
from services.rpc.share_links import not_shared

_LONGEST_LANGUAGES = 200
_RETRY_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class ViewedStory:
    """What a viewer may know of a story."""

    title: str
    subtitle: str
    is_video: bool


@dataclass(frozen=True, slots=True)
class Rendition:
    """A story as a picture or a video."""

    media_type: str
    data: bytes


class StoryViewer:
    """Asks a SharedStoryService.

    Languages are an `accept-language` header of whoever views. Every method raises NotFound for a token that
    shows nothing (unknown, expired or taken back alike) and Unavailable for everything else that fails.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: suggestion_pb2_grpc.SharedStoryServiceAsyncStub
        self._stub = suggestion_pb2_grpc.SharedStoryServiceStub(channel)

    async def story(self, token: str, languages: str = "") -> ViewedStory:
        """Return the words of the story."""
        request = suggestion_pb2.GetSharedStoryRequest(token=token)
        with _translated():
            story = (await self._stub.GetSharedStory(request, metadata=_metadata(languages))).story
        return ViewedStory(story.title, story.subtitle, story.form == suggestion_pb2.STORY_FORM_VIDEO)

    async def rendition(self, token: str, languages: str = "") -> Rendition:
        """Render the story; return it whole."""
        media_type, pieces = "", []
        request = suggestion_pb2.RenderSharedStoryRequest(token=token)
        with _translated():
            async for part in self._stub.RenderSharedStory(request, metadata=_metadata(languages)):
                media_type = part.media_type or media_type
                pieces.append(part.data)
        return Rendition(media_type, b"".join(pieces))


def _metadata(languages: str) -> tuple[tuple[str, str], ...]:
    fit = languages.isascii() and languages.isprintable() and len(languages) <= _LONGEST_LANGUAGES
    return ((METADATA_KEY, languages),) if languages and fit else ()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            raise not_shared() from None
        raise Unavailable(f"the story cannot be shown now ({error.code().name})", _RETRY_AFTER) from None
