"""Metrics are served on this machine, in the words of Prometheus."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime

import grpc
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from inference_core.observe import Stage
from services.adapters.vision_metrics import PrometheusObserver
from services.adapters.work_metrics import WorkMetrics
from services.domain.errors import FailedPrecondition, Unavailable
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Clearing, Step
from services.domain.stories.story import StoryKind
from services.rpc.exposition import CallsCollector, exposed
from services.rpc.interceptors.observation import Latency, Metrics

Sample = tuple[str, tuple[tuple[str, str], ...]]


def scraped(registry: CollectorRegistry) -> dict[Sample, float]:
    with exposed(registry, 0) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        text = page.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_the_core_does_is_counted():
    registry = CollectorRegistry()
    observer = PrometheusObserver(registry)
    observer.waiting("faces", 3)
    observer.waiting("faces", -2)
    observer.batch("faces", 2)
    observer.spent(Stage.DECODE, 0.03)
    observer.finished("analysed")
    observer.finished("unreadable")
    observer.answered("faces", 0.03)
    seen = scraped(registry)
    assert seen["storyroll_vision_waiting", (("model", "faces"),)] == 1
    assert seen["storyroll_vision_batch_size_bucket", (("le", "1.0"), ("model", "faces"))] == 0
    assert seen["storyroll_vision_batch_size_bucket", (("le", "2.0"), ("model", "faces"))] == 1
    assert seen["storyroll_vision_seconds_sum", (("stage", "decode"),)] == 0.03
    assert seen["storyroll_vision_photos_total", (("outcome", "analysed"),)] == 1
    assert seen["storyroll_vision_photos_total", (("outcome", "unreadable"),)] == 1
    assert seen["storyroll_vision_model_seconds_count", (("model", "faces"),)] == 1


def test_what_services_do_is_counted_by_how_it_ended():
    registry = CollectorRegistry()
    work = WorkMetrics(registry)
    stored = Message.of(MessageType.ASSET_STORED, OwnerId("ana"), "a", datetime.now(UTC))
    with work.stage(Consumer.METADATA, [stored]), work.step(Step.PROBE):
        pass
    for error in (Unavailable("away"), KeyError("secret")):
        with pytest.raises(type(error)), work.stage(Consumer.METADATA, [stored]):
            raise error
    work.swept(Clearing.ORPHANS, 3)
    work.proposed([StoryKind.TRIP, StoryKind.TRIP])
    seen = scraped(registry)
    ended = {
        labels: value for (name, labels), value in seen.items() if name == "storyroll_stage_seconds_count"
    }
    assert {dict(labels)["outcome"] for labels in ended} == {"done", "Unavailable", "fault"}
    assert set(ended.values()) == {1.0}
    assert seen["storyroll_stage_messages_total", (("stage", "metadata"),)] == 3
    assert seen["storyroll_step_seconds_count", (("step", "probe"),)] == 1
    assert seen["storyroll_swept_total", (("sweep", "blobs without a record"),)] == 3
    assert seen["storyroll_sweep_end_timestamp_seconds", (("sweep", "blobs without a record"),)] > 1e9
    assert seen["storyroll_stories_proposed_total", (("kind", "trip"),)] == 2


def test_calls_are_counted_with_their_latencies():
    registry, metrics = CollectorRegistry(), Metrics()
    metrics.calls["/s/Get", grpc.StatusCode.OK] = 4
    metrics.latencies["/s/Get"] = Latency([1, 2, 0, 1, 0, 0, 0, 0, 0], 0.25)
    registry.register(CallsCollector(metrics))
    seen = scraped(registry)
    assert seen["storyroll_rpc_calls_total", (("code", "OK"), ("method", "/s/Get"))] == 4
    assert seen["storyroll_rpc_seconds_bucket", (("le", "0.005"), ("method", "/s/Get"))] == 3
    assert seen["storyroll_rpc_seconds_count", (("method", "/s/Get"),)] == 4
    assert seen["storyroll_rpc_seconds_sum", (("method", "/s/Get"),)] == 0.25


def test_a_port_that_is_taken_is_said_to_be():
    with (
        exposed(CollectorRegistry(), 0) as port,
        pytest.raises(FailedPrecondition, match=f":{port}"),
        exposed(CollectorRegistry(), port),
    ):
        pass


def test_metrics_are_served_at_the_address_that_is_asked_for():
    with exposed(CollectorRegistry(), 0, "127.0.0.2") as port:
        with urllib.request.urlopen(f"http://127.0.0.2:{port}/metrics") as page:
            assert page.status == 200
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics")
