"""What every server does around every call, seen by a real client over loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from storyroll.errors.v1 import errors_pb2
from storyroll.suggestion.v1 import suggestion_pb2, suggestion_pb2_grpc

from services.domain.errors import FailedPrecondition, NotFound, Unavailable
from services.rpc.identity import current_owner
from services.rpc.policy import TimeLimits
from services.rpc.readiness import READY
from services.rpc.server import Server
from services.rpc.service import Service
from services.rpc.settings import ServerSettings
from services.rpc.status import DETAIL_KEY
from services.rpc.tokens import LocalIssuer
from tests.rpc.conftest import Connecting, Serving

NAME = "storyroll.suggestion.v1.SuggestionService"
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
GET, WATCH = f"/{NAME}/GetStory", f"/{NAME}/WatchStories"
WORDY, LONG = "wordy", "x" * 3_000_000
"""An owner whose watch is told more than is read of it."""


class Behaviours(suggestion_pb2_grpc.SuggestionServiceServicer):
    """A servicer whose calls behave as their story id says."""

    service_name = NAME

    def __init__(self) -> None:
        self.watch_began, self.watch_ended = asyncio.Event(), asyncio.Event()
        self.attempts = 0

    def register(self, server: grpc.aio.Server) -> None:
        suggestion_pb2_grpc.add_SuggestionServiceServicer_to_server(self, server)

    async def GetStory(self, request: Any, context: Any) -> Any:
        self.attempts += 1
        match request.story_id:
            case "missing":
                raise NotFound("no such story")
            case "broken":
                raise RuntimeError("a secret of the server")
            case "slow":
                await asyncio.sleep(0.3)
            case "stuck":
                await asyncio.sleep(60)
            case "flaky" if self.attempts < 3:
                raise Unavailable("the store is away", retry_after=0.5)
            case "away":
                raise Unavailable("the store is away", retry_after=0.5)
        return suggestion_pb2.GetStoryResponse(story=suggestion_pb2.Story(id=current_owner()))

    async def WatchStories(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.watch_began.set()
        try:
            while current_owner() == WORDY:
                yield suggestion_pb2.WatchStoriesResponse(story=suggestion_pb2.Story(title=LONG))
            yield suggestion_pb2.WatchStoriesResponse(assets_pending=1)
            await asyncio.sleep(60)
        finally:
            self.watch_ended.set()

    async def RenderStory(self, request: Any, context: Any) -> AsyncIterator[Any]:
        yield suggestion_pb2.RenderStoryResponse(progress=0.5)
        raise NotFound("no such story")


def service() -> tuple[Behaviours, Service]:
    behaviours = Behaviours()
    return behaviours, Service((behaviours,))


def get(channel: grpc.aio.Channel, story: str, **options: Any) -> Any:
    stub = suggestion_pb2_grpc.SuggestionServiceStub(channel)
    return stub.GetStory(suggestion_pb2.GetStoryRequest(story_id=story), **options)


async def test_the_owner_is_the_tokens_subject(serving: Serving, client: Connecting) -> None:
    async with serving(service()[1]) as (_, address), client(address, "ben") as channel:
        assert (await get(channel, "")).story.id == "ben"


@pytest.mark.parametrize(
    "metadata", [[], [("authorization", "Basic YTpi")], [("authorization", "Bearer x.y.z")]]
)
async def test_calls_without_a_valid_token_are_unauthenticated(
    serving: Serving, metadata: list[tuple[str, str]]
) -> None:
    async with serving(service()[1]) as (_, address), grpc.aio.insecure_channel(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(channel, "", metadata=metadata)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_domain_error_becomes_its_status(serving: Serving, client: Connecting) -> None:
    async with serving(service()[1]) as (server, address), client(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(channel, "missing")
        assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.NOT_FOUND, "no such story")
    # A call is counted when it is over, which may be after its status has come.
    assert server.metrics.calls[GET, grpc.StatusCode.NOT_FOUND] == 1


@pytest.mark.parametrize(("method", "kind"), [(GET, "unary_unary"), (WATCH, "unary_stream")])
async def test_bytes_that_are_no_message_are_the_callers_mistake(
    serving: Serving, client: Connecting, method: str, kind: str
) -> None:
    async with serving(service()[1]) as (_, address), client(address) as channel:
        call = getattr(channel, kind)(method)(b"\xff\xff")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await (call if kind == "unary_unary" else call.read())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert DETAIL_KEY in dict(caught.value.trailing_metadata())


async def test_a_stream_that_fails_half_way_ends_with_its_status(
    serving: Serving, client: Connecting
) -> None:
    async with serving(service()[1]) as (_, address), client(address) as channel:
        stub = suggestion_pb2_grpc.SuggestionServiceStub(channel)
        call = stub.RenderStory(suggestion_pb2.RenderStoryRequest())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            assert [part.progress async for part in call] == [0.5]
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_fault_of_ours_is_logged_under_its_incident(
    serving: Serving, client: Connecting, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(service()[1]) as (_, address), client(address) as channel:
        with caplog.at_level(logging.ERROR), pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(channel, "broken")
        details = caught.value.details() or ""
        assert caught.value.code() is grpc.StatusCode.INTERNAL
        assert "secret" not in details
        incident = details.partition("incident ")[2].rstrip(")")
        assert incident
        assert incident in caplog.text
        assert "a secret of the server" in caplog.text


async def test_the_access_log_shows_neither_owner_nor_token(
    serving: Serving, client: Connecting, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(service()[1]) as (_, address), client(address, "ana.private") as channel:
        with caplog.at_level(logging.DEBUG, "storyroll.access"):
            await get(channel, "")
    assert f"{GET} OK" in caplog.text
    assert "ana.private" not in caplog.text
    assert "Bearer" not in caplog.text


async def test_what_is_away_for_a_moment_is_tried_again(serving: Serving, client: Connecting) -> None:
    behaviours, flaky = service()
    async with serving(flaky) as (_, address), client(address) as channel:
        assert (await get(channel, "flaky")).story.id == "ana"
    assert behaviours.attempts == 3


async def test_what_stays_away_says_when_to_try_again(serving: Serving, client: Connecting) -> None:
    async with serving(service()[1]) as (_, address), client(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(channel, "away", timeout=10)
        trailers = dict(caught.value.trailing_metadata())
        detail = errors_pb2.ErrorDetail.FromString(trailers[DETAIL_KEY])
        assert (detail.retry_after_seconds, trailers["retry-after"]) == (0.5, "0.5")


async def test_a_call_without_a_deadline_gets_one(serving: Serving, issuer: Any) -> None:
    metadata = [("authorization", f"Bearer {issuer.mint('ana')}")]
    limits = TimeLimits(unary=0.2)
    async with (
        serving(service()[1], limits=limits) as (_, address),
        grpc.aio.insecure_channel(address) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(channel, "stuck", metadata=metadata)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_store_that_is_away_makes_a_server_unready_not_dead(issuer: LocalIssuer) -> None:
    away = True

    async def reachable() -> None:
        if away:
            raise Unavailable("the database is away")

    monitored = Server(
        service()[1], issuer.verifier(), ServerSettings(listen="127.0.0.1:0", drain_seconds=0), reachable
    )
    address = await monitored.start()
    async with grpc.aio.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        check = health_pb2.HealthCheckRequest
        said = [(await health.Check(check(service=name))).status for name in (NAME, READY, "")]
        assert said == [NOT_SERVING, NOT_SERVING, SERVING]
        watching = health.Watch(check(service=READY))
        assert (await watching.read()).status == NOT_SERVING
        away = False
        assert (await watching.read()).status == SERVING
    await monitored.drain()


async def test_calls_are_taken_until_the_end_is_noticed(serving: Serving, client: Connecting) -> None:
    async with serving(service()[1], notice_seconds=0.5) as (server, address), client(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        draining = asyncio.create_task(server.drain())
        await asyncio.sleep(0.1)
        ready = await health.Check(health_pb2.HealthCheckRequest(service=READY))
        assert ready.status == NOT_SERVING
        assert (await health.Check(health_pb2.HealthCheckRequest())).status == SERVING
        assert (await get(channel, "")).story.id == "ana"
        await draining


async def test_health_and_reflection_need_no_token(serving: Serving) -> None:
    async with serving(service()[1]) as (_, address), grpc.aio.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=NAME))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        async for listing in stub.ServerReflectionInfo(iter([request])):
            assert NAME in {found.name for found in listing.list_services_response.service}


async def test_draining_lets_calls_finish_and_ends_watches(serving: Serving, client: Connecting) -> None:
    behaviours, draining = service()
    async with serving(draining, drain_seconds=60) as (server, address), client(address) as channel:
        slow = asyncio.ensure_future(get(channel, "slow"))
        watch = suggestion_pb2_grpc.SuggestionServiceStub(channel).WatchStories(
            suggestion_pb2.WatchStoriesRequest()
        )
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=NAME))
        assert (await health.read()).status == health_pb2.HealthCheckResponse.SERVING
        assert (await watch.read()).assets_pending == 1
        async with asyncio.timeout(30):
            await server.drain()
        assert (await slow).story.id == "ana"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await watch.read()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert behaviours.watch_ended.is_set()


async def test_a_message_that_is_under_way_does_not_keep_a_server_from_stopping(
    serving: Serving, client: Connecting
) -> None:
    behaviours, draining = service()
    async with (
        serving(draining, drain_seconds=60) as (server, address),
        client(address, WORDY) as channel,
        asyncio.timeout(30),
    ):
        watch = suggestion_pb2_grpc.SuggestionServiceStub(channel).WatchStories(
            suggestion_pb2.WatchStoriesRequest()
        )
        await behaviours.watch_began.wait()
        stopping = asyncio.create_task(server.drain())
        while not server._draining._draining:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await to_the_end(watch)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        await stopping


async def to_the_end(watch: Any) -> None:
    async for _ in watch:
        pass


async def test_a_watch_ends_when_its_caller_goes_away(serving: Serving, client: Connecting) -> None:
    behaviours, watched = service()
    async with serving(watched) as (server, address), client(address) as channel:
        watch = suggestion_pb2_grpc.SuggestionServiceStub(channel).WatchStories(
            suggestion_pb2.WatchStoriesRequest()
        )
        await watch.read()
        watch.cancel()
        await asyncio.wait_for(behaviours.watch_ended.wait(), 5)
    assert server.metrics.calls[WATCH, grpc.StatusCode.CANCELLED] == 1


async def test_a_taken_address_is_one_clear_error(serving: Serving) -> None:
    async with serving(service()[1]) as (_, address):
        with pytest.raises(FailedPrecondition, match="cannot listen on"):
            async with serving(service()[1], listen=address):
                pass
