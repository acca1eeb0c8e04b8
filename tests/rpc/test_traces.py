"""Calls and stages as spans, sent to a real collector: whose they are, how they end, and nothing private."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry

from inference_core.observe import Stage
from services.adapters.memory import MemoryRowStore
from services.adapters.outbox import message_of, rows_for
from services.adapters.tracing.exporter import Collector as Place
from services.adapters.tracing.exporter import open_spans
from services.adapters.tracing.spans import Spans
from services.domain.errors import NotFound
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Step
from services.domain.traces import current_trace, within_trace
from services.rpc.alone import observers
from services.rpc.server import Server
from services.rpc.settings import ServerSettings
from services.rpc.telemetry import TraceSettings
from services.rpc.tokens import LocalIssuer
from tests.otlp_collector import Collector, collecting
from tests.rpc.conftest import Connecting
from tests.rpc.test_server import get, service

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = f"00-{TRACE}-{SPAN}-01"
ANA = OwnerId("ana")
GET_STORY = "storyroll.suggestion.v1.SuggestionService/GetStory"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@asynccontextmanager
async def followed(collector: Collector, issuer: LocalIssuer, share: float = 1.0) -> AsyncIterator[str]:
    """Serve with traces; they have arrived when the block is over."""
    with open_spans(Place(collector.endpoint, share), "upload") as spans:
        settings = ServerSettings(listen="127.0.0.1:0", drain_seconds=0.5)
        server = Server(service()[1], issuer.verifier(), settings, spans=spans)
        yield await server.start()
        await server.drain()


async def test_a_call_belongs_to_the_trace_of_its_caller(
    collector: Collector, issuer: LocalIssuer, client: Connecting
) -> None:
    async with followed(collector, issuer) as address, client(address) as channel:
        with within_trace(CALLER):
            await get(channel, "")
        await get(channel, "")
        await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    asked, by_itself = collector.spans()
    assert (asked.service, asked.name, asked.trace, asked.parent) == ("upload", GET_STORY, TRACE, SPAN)
    assert asked.attributes["rpc.grpc.status_code"] == 0
    assert by_itself.trace != TRACE
    assert by_itself.parent == ""


async def test_what_a_stranger_names_a_trace_is_not_believed_blindly(
    collector: Collector, issuer: LocalIssuer, client: Connecting
) -> None:
    async with followed(collector, issuer) as address, client(address) as channel:
        for nonsense in ("", "ana@example.org", "00-" + "0" * 32 + f"-{SPAN}-01", CALLER + "-" * 5000):
            await get(channel, "", metadata=[("traceparent", nonsense)])
    assert len(spans := collector.spans()) == 4
    assert TRACE not in {span.trace for span in spans}
    assert b"example.org" not in collector.sent()


async def test_callers_cannot_have_themselves_followed(
    collector: Collector, issuer: LocalIssuer, client: Connecting
) -> None:
    async with followed(collector, issuer, share=0.0) as address, client(address) as channel:
        with within_trace(CALLER):
            await get(channel, "")
    assert collector.spans() == []


async def test_only_what_is_our_fault_failed_and_nothing_says_why(
    collector: Collector, issuer: LocalIssuer, client: Connecting
) -> None:
    async with followed(collector, issuer) as address, client(address) as channel:
        for story in ("missing", "broken"):
            with pytest.raises(grpc.aio.AioRpcError):
                await get(channel, story)
    ended = {span.attributes["rpc.grpc.status_code"]: span.failed for span in collector.spans()}
    assert ended == {grpc.StatusCode.NOT_FOUND.value[0]: False, grpc.StatusCode.INTERNAL.value[0]: True}
    assert b"a secret of the server" not in collector.sent()


def message(subject: str, type_: MessageType = MessageType.ASSET_STORED) -> Message:
    """A message as its consumer gets it, sent by the work at hand."""
    (row,) = rows_for(Message.of(type_, ANA, subject, datetime.now(UTC)))
    return message_of(row)


async def test_a_photo_is_followed_from_stage_to_stage(collector: Collector) -> None:
    with open_spans(Place(collector.endpoint), "all") as spans:
        vision, work = observers(CollectorRegistry(), spans)
        with spans.span("upload", {}, parent=CALLER):
            stored = message("photo")
        with work.stage(Consumer.METADATA, [stored]), work.step(Step.PROBE):
            analysed = message("photo", MessageType.ASSET_ANALYSED)
        with work.stage(Consumer.INFERENCE, [stored]):
            await asyncio.to_thread(vision.spent, Stage.DECODE, 0.25)
            vision.answered("faces", 0.5)
            vision.spent(Stage.INFERENCE, 0.5)
        vision.spent(Stage.DECODE, 0.1)
        other = message("another", MessageType.LIBRARY_CHANGED)
        with work.stage(Consumer.SCHEDULER, [analysed, analysed, other]):
            pass
    spans_by_name = {span.name: span for span in collector.spans()}
    assert {span.trace for span in collector.spans()} == {TRACE}
    parents = {name: name_of(span.parent, collector) for name, span in spans_by_name.items()}
    assert parents == {
        "upload": "",
        "stage metadata": "upload",
        "step probe": "stage metadata",
        "stage inference": "upload",
        "vision decode": "stage inference",
        "vision inference": "stage inference",
        "stage scheduler": "step probe",
    }
    assert spans_by_name["vision decode"].nanoseconds == 250_000_000
    assert spans_by_name["stage metadata"].attributes["storyroll.asset"] == "photo"
    assert "storyroll.asset" not in spans_by_name["stage scheduler"].attributes
    assert b"ana" not in collector.sent().replace(b"analysed", b"")


def name_of(id_: str, collector: Collector) -> str:
    return next((span.name for span in collector.spans() if span.id == id_), "")


async def test_a_plan_is_linked_to_everything_that_it_was_made_for(collector: Collector) -> None:
    with open_spans(Place(collector.endpoint), "scheduler") as spans:
        _, work = observers(CollectorRegistry(), spans)
        sent: list[Message] = []
        for photo in "abc":
            with spans.span("upload", {}):
                sent.append(message(photo))
        with work.stage(Consumer.SCHEDULER, sent):
            pass
    *uploads, plan = collector.spans()
    first, *others = (span.trace for span in uploads)
    assert (plan.trace, plan.links) == (first, tuple(others))


@pytest.mark.parametrize(
    ("error", "outcome", "failed"),
    [(NotFound("no IMG_1.jpg"), "NotFound", False), (KeyError("Theodora"), "fault", True)],
)
def test_how_a_stage_ended_is_one_word(
    collector: Collector, error: Exception, outcome: str, failed: bool
) -> None:
    with open_spans(Place(collector.endpoint), "metadata") as spans:
        _, work = observers(CollectorRegistry(), spans)
        with pytest.raises(type(error)), work.stage(Consumer.METADATA, [message("a")]):
            raise error
    (span,) = collector.spans()
    assert (span.attributes["storyroll.outcome"], span.failed) == (outcome, failed)
    assert str(error).encode() not in collector.sent()


async def test_messages_carry_nothing_where_nothing_is_followed() -> None:
    rows = MemoryRowStore()
    async with rows.write(ANA) as tx:
        await tx.outbox.add(rows_for(Message.of(MessageType.ASSET_STORED, ANA, "a", datetime.now(UTC))))
    async with rows.read() as found:
        (row,) = await found.outbox.newest(Consumer.METADATA, ANA, 2**62, 1)
    assert (row.trace, current_trace()) == ("", "")


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    with open_spans(Place("http://127.0.0.1:9"), "upload") as spans, spans.span("upload", {}):
        pass


def test_traces_are_off_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    with TraceSettings().spans("upload") as spans:
        assert spans is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with TraceSettings().spans("upload") as spans:
        assert isinstance(spans, Spans)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4317")
    with pytest.raises(ValueError, match="exporter_otlp_endpoint"):
        TraceSettings()
