"""One interceptor that wraps every call in layers, whatever its kind.

A layer is an asynchronous context manager around the call. All four kinds of handler (unary or streaming on
either side) run inside the same stack, in one task, so a layer needs no case for streams; responses
are written from that task too, which closes the servicer's generator at once when the caller goes away.
Requests are read inside the layers as well, for one that cannot be read is an error like any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from services.domain.errors import InvalidArgument

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


@dataclass(slots=True)
class Call:
    """One call as layers see it."""

    method: str
    """The full method, for example /storyroll.upload.v1.UploadService/WriteAsset."""
    context: Context
    """What the servicer is given; a layer may wrap it."""
    streams_responses: bool
    streams_requests: bool
    code: grpc.StatusCode = grpc.StatusCode.OK
    """How it ended; set by the layer that translates errors."""


Layer = Callable[[Call], AbstractAsyncContextManager[None]]


class LayeredInterceptor(grpc.aio.ServerInterceptor):
    """Runs every call inside the layers, the first one outermost."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = tuple(layers)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the method's handler, wrapped; None (answered UNIMPLEMENTED) for an unknown method."""
        handler: Any = await continuation(handler_call_details)
        if handler is None:
            return None
        inner, make = _parts(handler)
        read = _reader(handler.request_deserializer)
        if not handler.request_streaming:
            inner, read = _reading(inner, read), None
        wrap = self._streaming if handler.response_streaming else self._single
        wrapped = wrap(str(handler_call_details.method), inner, bool(handler.request_streaming))
        return make(wrapped, read, handler.response_serializer)  # type: ignore[no-any-return]

    def _single(self, method: str, inner: Any, streams_requests: bool) -> Any:
        async def serve(request: Any, context: Context) -> Any:
            call = Call(method, context, False, streams_requests)
            async with self._around(call):
                return await inner(request, call.context)

        return serve

    def _streaming(self, method: str, inner: Any, streams_requests: bool) -> Any:
        async def serve(request: Any, context: Context) -> None:
            call = Call(method, context, True, streams_requests)
            async with self._around(call):
                answer = inner(request, call.context)
                if not hasattr(answer, "__aiter__"):
                    await answer  # A handler that writes to the context itself, such as health's Watch.
                    return
                async with aclosing(answer) as responses:
                    async for response in responses:
                        await call.context.write(response)

        return serve

    @asynccontextmanager
    async def _around(self, call: Call) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for layer in self._layers:
                await stack.enter_async_context(layer(call))
            yield


def _parts(handler: Any) -> tuple[Any, Any]:
    """Return a handler's behaviour and the function that makes a handler of the same kind."""
    if handler.request_streaming and handler.response_streaming:
        return handler.stream_stream, grpc.stream_stream_rpc_method_handler
    if handler.request_streaming:
        return handler.stream_unary, grpc.stream_unary_rpc_method_handler
    if handler.response_streaming:
        return handler.unary_stream, grpc.unary_stream_rpc_method_handler
    return handler.unary_unary, grpc.unary_unary_rpc_method_handler


def _reader(deserialize: Callable[[bytes], Any]) -> Any:
    """Return what reads a request; what it raises for one that is none is told to its caller."""

    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            raise InvalidArgument("the request is not a message of the type that this method takes") from None

    return read


def _reading(inner: Any, read: Any) -> Any:
    """Return a behaviour that takes one request as bytes: gRPC would read it before the layers."""

    def serve(request: bytes, context: Context) -> Any:
        return inner(read(request), context)

    return serve
