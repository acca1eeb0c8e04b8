"""A collector of traces on loopback: OTLP over gRPC, as any exporter speaks it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

WITHIN_S = 60.0


@dataclass(frozen=True)
class Span:
    """One span as it arrived."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    attributes: dict[str, Any]
    failed: bool
    links: tuple[str, ...]
    """Traces that it is linked to."""
    nanoseconds: int


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what it is sent."""

    endpoint = ""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._spans: list[Span] = []
        self._sent: list[bytes] = []

    def Export(self, request: Any, context: Any) -> Any:
        with self._came:
            self._sent.append(request.SerializeToString())
            self._spans += [
                _span(resource, span)
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
            self._came.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Span]:
        """Return everything so far."""
        with self._came:
            return list(self._spans)

    def sent(self) -> bytes:
        """Return everything so far, as it was on the wire."""
        with self._came:
            return b"".join(self._sent)

    def wait(self, enough: Callable[[list[Span]], bool]) -> list[Span]:
        """Wait until what came is enough, and return it."""
        deadline = time.monotonic() + WITHIN_S
        with self._came:
            while not enough(self._spans):
                left = deadline - time.monotonic()
                assert left > 0, sorted({(span.service, span.name) for span in self._spans})
                self._came.wait(left)
            return list(self._spans)


def _span(resource: Any, span: OtlpSpan) -> Span:
    about = {each.key: each.value.string_value for each in resource.resource.attributes}
    attributes = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
    return Span(
        about["service.name"],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        attributes,
        span.status.code == span.status.STATUS_CODE_ERROR,
        tuple(link.trace_id.hex() for link in span.links),
        span.end_time_unix_nano - span.start_time_unix_nano,
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect for as long as the block lasts."""
    collector, server = Collector(), grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()


def traced_to(collector: Collector) -> dict[str, str]:
    """Return what a process finds in its environment whose traces go there, soon."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
