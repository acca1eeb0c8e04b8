"""Sending spans to a collector, over OTLP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from services.adapters.tracing.spans import Spans

_ANSWER_S: Final = 5.0
"""For a collector to take spans: one that is away must not hold up the end of a process for longer."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Where spans go."""

    endpoint: str
    """http://host:port, or https://host:port to encrypt."""
    share: float = 1.0
    """Of all traces, how many are followed: 0 to 1."""


@contextmanager
def open_spans(collector: Collector, service: str) -> Iterator[Spans]:
    """Send spans on a thread of its own while the block lasts, and at its end what is left.

    A trace is followed in all services or in none, for that depends on its id alone: callers from outside may
    name a trace, but not have it followed.

    Args:
        collector: Where they go.
        service: What this process is called there.
    """
    # Imported where somebody listens: it takes tenths of a second.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    provider = TracerProvider(
        sampler=TraceIdRatioBased(collector.share),
        resource=Resource({SERVICE_NAME: service}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(collector.endpoint, timeout=_ANSWER_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Spans(provider.get_tracer("storyroll"))
    finally:
        provider.shutdown()
