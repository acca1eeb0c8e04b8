"""Following requests for pages as spans, which carry on to the server that is asked."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from opentelemetry.trace import SpanKind

from services.adapters.tracing.spans import Spans


def followed(spans: Spans) -> Middleware:
    """Return what makes a span of every request.

    It is named after the route, for the token is in the path. And it begins a trace: strangers' browsers have
    none to go on with.
    """

    @web.middleware
    async def follow(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        name = f"page {resource.canonical}" if resource else "page"
        with spans.span(name, {}, kind=SpanKind.SERVER, parent="") as span:
            response = await handler(request)
            span.set_attribute("http.response.status_code", response.status)
            return response

    return follow
