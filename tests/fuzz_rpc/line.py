"""Calls of any kind with bytes of any kind, and what their ends must never be."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor

from services.rpc.policy import ENDLESS
from services.rpc.status import CATALOGUE, DETAIL_KEY
from tests.rpc.rpc_walk import path

Code = grpc.StatusCode
PATIENCE = 60.0
"""Seconds after which a call hangs, even on a machine that does much else."""
_GLANCE = 0.3
"""Seconds for which a stream without an end is watched."""
_NOT_HERE = {Code.UNAVAILABLE, Code.INTERNAL, Code.UNKNOWN}
"""Nothing was away and nothing should have failed, so these are faults."""
LAWFUL = {Code.OK} | {entry.code for entry in CATALOGUE.values() if not entry.internal} - _NOT_HERE

Metadata = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True)
class End:
    """How a call ended."""

    method: str
    code: grpc.StatusCode
    said: str = ""
    ours: bool = True
    """Whether we ended it, with a detail of the error: gRPC says things of its own."""

    @property
    def lawful(self) -> bool:
        """Whether the catalogue of errors foresees this, and no fault of ours is behind it."""
        return self.code in LAWFUL and self.ours and "(incident " not in self.said


class Begun:
    """A call under way."""

    def __init__(
        self, channel: grpc.Channel, method: MethodDescriptor, requests: Sequence[bytes], metadata: Metadata
    ) -> None:
        self._method, self._streams = method, method.server_streaming
        open_call: Any = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }[method.client_streaming, method.server_streaming]
        call = open_call(f"/{path(method)}", request_serializer=None, response_deserializer=None)
        patience = _GLANCE if f"/{path(method)}" in ENDLESS else PATIENCE
        sent = iter(requests) if method.client_streaming else requests[0]
        start = call if method.server_streaming else call.future
        self._call: Any = start(sent, timeout=patience, metadata=metadata)

    def end(self) -> End:
        """Wait until it has ended."""
        end = ended(
            path(self._method), lambda: deque(self._call, 0) if self._streams else self._call.result()
        )
        left = f"/{end.method}" in ENDLESS and end.code is Code.DEADLINE_EXCEEDED
        return End(end.method, Code.OK) if left else end


def ended(method: str, wait: Callable[[], object]) -> End:
    """Wait for a call; return how it ended."""
    try:
        wait()
    except grpc.FutureCancelledError:
        return End(method, Code.CANCELLED)
    except grpc.RpcError as error:
        known: Any = error
        ours = DETAIL_KEY in dict(known.trailing_metadata() or ())
        return End(method, known.code(), known.details() or "", ours)
    return End(method, Code.OK)


class Leaving:
    """Messages after which the client goes away without a word."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._sent = threading.Event()
        self._gone = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield from self._requests
        self._sent.set()
        self._gone.wait(PATIENCE)

    def leave(self, call: Any) -> None:
        """Cancel the call once everything has been sent, or it has ended."""
        call.add_done_callback(lambda _: self._sent.set())
        assert self._sent.wait(PATIENCE)
        call.cancel()
        self._gone.set()
