"""Client channels: retries, deadlines, a bearer token and keepalive, the same for every client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import grpc

from services.domain.traces import TRACEPARENT, current_trace
from services.rpc.languages import METADATA_KEY
from services.rpc.policy import ENDLESS, MIB

DEFAULT_DEADLINE: Final = 60.0
"""Seconds for a call without streams whose caller names no timeout."""
_RETRY: Final = {
    "maxAttempts": 5,
    "initialBackoff": "0.2s",
    "maxBackoff": "3s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
# A retried stream would be buffered whole; writers resume at the committed offset instead.
_NEVER_RETRIED: Final = {"service": "storyroll.upload.v1.UploadService", "method": "WriteAsset"}
_SERVICE_CONFIG: Final = json.dumps(
    {"methodConfig": [{"name": [{}], "retryPolicy": _RETRY}, {"name": [_NEVER_RETRIED]}]}
)
_OPTIONS: Final = (
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.enable_retries", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    ("grpc.max_receive_message_length", 33 * MIB),
    ("grpc.max_send_message_length", 33 * MIB),
)


class _Details(NamedTuple):
    """The call details that interceptors hand on, as gRPC's own type has them."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None


class _Bearer:
    """Adds the token, the language, the trace of the work at hand, and a deadline where one should be."""

    def __init__(self, token: Callable[[], str], language: str) -> None:
        self._token = token
        self._language = language

    def complete(self, details: Any, deadline: float | None) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        metadata.add("authorization", f"Bearer {self._token()}")
        if trace := current_trace():
            metadata.add(TRACEPARENT, trace)
        if self._language:
            metadata.add(METADATA_KEY, self._language)
        method = details.method.decode() if isinstance(details.method, bytes) else details.method
        timeout = None if method in ENDLESS else details.timeout or deadline
        return _Details(details.method, timeout, metadata, details.credentials, details.wait_for_ready)


class _UnaryUnary(_Bearer, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await continuation(self.complete(client_call_details, DEFAULT_DEADLINE), request)


class _UnaryStream(_Bearer, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await continuation(self.complete(client_call_details, None), request)


class _StreamUnary(_Bearer, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return await continuation(self.complete(client_call_details, None), request_iterator)


class _StreamStream(_Bearer, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return await continuation(self.complete(client_call_details, None), request_iterator)


class ClientCertificate(NamedTuple):
    """Who we are to a server that asks for a certificate."""

    chain: bytes
    """PEM."""
    key: bytes
    """PEM."""


def connect(
    target: str,
    token: Callable[[], str],
    *,
    language: str = "",
    root_certificates: bytes | None = None,
    certificate: ClientCertificate | None = None,
) -> grpc.aio.Channel:
    """Open a channel to host:port; TLS where `root_certificates` (PEM) says whom to trust.

    Calls that are UNAVAILABLE are tried again, up to five times; `token` is asked before each call. A
    `certificate` is shown to servers that ask for one. Texts come in `language`, an `accept-language` header,
    where it is given.
    """
    kinds = (_UnaryUnary, _UnaryStream, _StreamUnary, _StreamStream)
    interceptors = [kind(token, language) for kind in kinds]
    if root_certificates is None:
        return grpc.aio.insecure_channel(target, options=_OPTIONS, interceptors=interceptors)
    chain, key = certificate or (None, None)
    credentials = grpc.ssl_channel_credentials(root_certificates, key, chain)
    return grpc.aio.secure_channel(target, credentials, options=_OPTIONS, interceptors=interceptors)
