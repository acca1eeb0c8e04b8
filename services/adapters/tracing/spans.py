"""Spans: what began when, within what, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Tracer, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.domain.traces import TRACEPARENT, current_trace, within_trace

_FORMAT: Final = TraceContextTextMapPropagator()
Attributes = Mapping[str, str | int]


class Spans:
    """Makes spans; which one is under way is told by `current_trace`, which threads and tasks inherit.

    Args:
        tracer: Where they go.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Attributes,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | None = None,
        besides: Iterable[str] = (),
    ) -> Iterator[Span]:
        """Follow the block.

        Args:
            name: What is done; one of few.
            attributes: More about it, and nothing about anybody.
            kind: Whether others asked for it.
            parent: The traceparent that it belongs to; None for what is under way. Empty begins a trace.
            besides: Traceparents of others that it was done for as well.
        """
        within = _context(current_trace() if parent is None else parent)
        links = [Link(get_current_span(_context(other)).get_span_context()) for other in besides]
        span = self._tracer.start_span(name, within, kind, attributes, links)
        try:
            with within_trace(_traceparent(span)):
                yield span
        finally:
            span.end()

    def ended(self, name: str, attributes: Attributes, seconds: float) -> None:
        """Note what took so long until now, within what is under way; where nothing is, so is this."""
        if not (trace := current_trace()):
            return
        now = time.time_ns()
        began = now - round(seconds * 1e9)
        span = self._tracer.start_span(name, _context(trace), attributes=attributes, start_time=began)
        span.end(now)


def _context(trace: str) -> Context:
    # Only the identity is taken over: what else callers say of their traces is theirs.
    return _FORMAT.extract({TRACEPARENT: trace} if trace else {}, Context())


def _traceparent(span: Span) -> str:
    carrier: dict[str, str] = {}
    _FORMAT.inject(carrier, set_span_in_context(span, Context()))
    return carrier.get(TRACEPARENT, "")
