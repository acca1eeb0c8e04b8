"""The layer that follows calls as spans."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry.trace import SpanKind, StatusCode

from services.adapters.tracing.spans import Spans
from services.domain.traces import TRACEPARENT
from services.rpc.interceptors.layered import Call, Context
from services.rpc.policy import OUR_FAULT, UNFOLLOWED

_SYSTEM: Final = {"rpc.system": "grpc"}


class Tracing:
    """Makes a span of every call, within the trace that its caller names."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Follow the call."""
        if call.method.startswith(UNFOLLOWED):
            yield
            return
        service, _, method = call.method.strip("/").partition("/")
        about = _SYSTEM | {"rpc.service": service, "rpc.method": method}
        caller = _caller(call.context)
        with self._spans.span(f"{service}/{method}", about, kind=SpanKind.SERVER, parent=caller) as span:
            try:
                yield
            finally:
                span.set_attribute("rpc.grpc.status_code", call.code.value[0])
                if call.code in OUR_FAULT:
                    span.set_status(StatusCode.ERROR)


def _caller(context: Context) -> str:
    """Return what the caller says that its call belongs to; what is none begins a trace of its own."""
    metadata = context.invocation_metadata() or ()
    return next((str(value) for key, value in metadata if key == TRACEPARENT), "")
