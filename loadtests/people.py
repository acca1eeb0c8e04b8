"""People: those who look through what they have, and those whose screen waits for news."""

from __future__ import annotations

import random

import gevent
import grpc
from locust import User, between, task
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from loadtests.account import Account
from loadtests.pace import PACE
from loadtests.roll import Roll

_PHOTOS = 16
_HELD_S = 20.0
_GONE = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION)
"""A story may be planned anew while its owner opens it."""


class _Owner(User):
    """Somebody who has photos."""

    abstract = True
    wait_time = between(1 / PACE, 5 / PACE)

    def on_start(self) -> None:
        """Have an album."""
        self.account, roll = Account(self.environment), Roll()
        self.account.consents()
        for photo in roll.burst(_PHOTOS):
            self.account.write(photo, roll.path())

    def on_stop(self) -> None:
        """Leave, with everything."""
        self.account.close()


class Browser(_Owner):
    """Scrolls, opens stories, looks at their pictures, likes some."""

    weight = 4

    @task(6)
    def scrolls(self) -> None:
        """Look at all assets, page by page."""
        token = ""
        while True:
            request = metadata_pb2.ListAssetsRequest(page_size=50, page_token=token)
            token = self.account.metadata.ListAssets(request).next_page_token
            if not token:
                return

    @task(2)
    def looks_at_events(self) -> None:
        """Look at days and people."""
        self.account.metadata.ListEvents(metadata_pb2.ListEventsRequest())
        self.account.metadata.ListPeople(metadata_pb2.ListPeopleRequest())

    @task(4)
    def opens_a_story(self) -> None:
        """Choose a story, read why it is one, see it, and say what it is worth."""
        stories = self.account.suggestion.ListStories(suggestion_pb2.ListStoriesRequest()).stories
        if not stories:
            return
        story = random.choice(stories).id  # noqa: S311
        try:
            self.account.suggestion.ExplainStory(suggestion_pb2.ExplainStoryRequest(story_id=story))
            rendered = self.account.suggestion.RenderStory(
                suggestion_pb2.RenderStoryRequest(
                    story_id=story, format=suggestion_pb2.RENDER_FORMAT_COLLAGE_FEED
                )
            )
            assert sum(part.ByteSize() for part in rendered) > 0, "a rendering is never empty"
        except grpc.RpcError as error:
            if error.code() not in _GONE:
                raise


class Watcher(_Owner):
    """Holds a stream of stories for a while, as an open program does."""

    weight = 3

    @task
    def watches(self) -> None:
        """Wait for stories, then look away."""
        stream = self.account.suggestion.WatchStories(suggestion_pb2.WatchStoriesRequest())
        away = gevent.spawn_later(_HELD_S / PACE, stream.cancel)
        for _ in stream:
            pass
        away.kill()
