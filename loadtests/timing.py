"""Tells locust of every call: how long it took until its last message, how much came, how it failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from locust.env import Environment


class _WithToken(grpc.ClientCallDetails):
    """Call details with a bearer token and a deadline."""

    def __init__(self, details: grpc.ClientCallDetails, token: str) -> None:
        self.method = details.method
        self.timeout = details.timeout
        self.metadata = (*(details.metadata or ()), ("authorization", f"Bearer {token}"))
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression


class Timed(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor
):
    """Adds the token and reports each call; one that the caller cancels is no failure.

    Args:
        environment: Of the run.
        token: Asked before each call.
    """

    def __init__(self, environment: Environment, token: Callable[[], str]) -> None:
        self._environment = environment
        self._token = token

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Report a call that has one answer."""
        return self._answered(continuation, client_call_details, request)

    def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        """Report a call that sends many messages and has one answer."""
        return self._answered(continuation, client_call_details, request_iterator)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Report a call with many answers when the last of them is here."""
        started = time.perf_counter()
        call = continuation(_WithToken(client_call_details, self._token()), request)
        return Messages(call, lambda size, error: self._report(client_call_details, started, size, error))

    def _answered(self, continuation: Any, details: Any, request: Any) -> Any:
        started = time.perf_counter()
        call = continuation(_WithToken(details, self._token()), request)
        error = call.exception()
        self._report(details, started, 0 if error else call.result().ByteSize(), error)
        return call

    def _report(self, details: Any, started: float, size: int, error: Exception | None) -> None:
        cancelled = isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.CANCELLED
        self._environment.events.request.fire(
            request_type="grpc",
            name=details.method.rpartition("/")[2],
            response_time=(time.perf_counter() - started) * 1000,
            response_length=size,
            exception=None if cancelled else error,
            context={},
        )


class Messages:
    """The answers of a call, which may be cancelled; tells when they have ended."""

    def __init__(self, call: Any, ended: Callable[[int, Exception | None], None]) -> None:
        self._call = call
        self._ended = ended

    def __iter__(self) -> Iterator[Any]:
        size = 0
        try:
            for message in self._call:
                size += message.ByteSize()
                yield message
        except grpc.RpcError as error:
            self._ended(size, error)
            if error.code() is not grpc.StatusCode.CANCELLED:
                raise
        else:
            self._ended(size, None)

    def cancel(self) -> None:
        """End the call."""
        self._call.cancel()
