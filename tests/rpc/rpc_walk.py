"""Every RPC of a running server, found by reflection, and the rule that says how strangers are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from services.rpc.status import DETAIL_KEY

OURS = "storyroll."

Fields = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """The request names one thing of the caller's: a stranger must hear that there is no such thing."""

    request: Callable[[str], Fields]
    names: str
    """Which of the owner's ids it takes: asset, person, occasion, story, hash."""


@dataclass(frozen=True)
class Own:
    """The request names nothing, or what it names is looked for among the caller's own things.

    A stranger is answered as somebody is who names what nobody has.
    """

    request: Callable[[str], Fields] = lambda id_: {}
    names: str = ""


@dataclass(frozen=True)
class Linked:
    """The request carries a token of its own, and shows what that token shares to whoever has it."""

    request: Callable[[str], Fields] = lambda token: {"token": token}
    names: str = ""


@dataclass(frozen=True)
class Answer:
    """How a call ended: its status, what was said, every response."""

    code: grpc.StatusCode
    said: str
    responses: tuple[bytes, ...]


def methods(address: str) -> Iterator[MethodDescriptor]:
    """Yield every method of ours that the server tells of. Blocks: run it in a thread."""
    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(database)
        for name in sorted(database.get_services()):
            if name.startswith(OURS):
                yield from pool.FindServiceByName(name).methods


def path(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


async def ask(
    channel: grpc.aio.Channel,
    method: MethodDescriptor,
    fields: Fields,
    token: str | None,
    patience: float = 2,
) -> Answer:
    """Make a call of any kind; a stream that says nothing more for a while is left."""
    request = message_factory.GetMessageClass(method.input_type)(**fields)
    response = message_factory.GetMessageClass(method.output_type)
    metadata = [("authorization", f"Bearer {token}")] if token is not None else []
    call = _callable(channel, method, response)(
        iter([request]) if method.client_streaming else request, metadata=metadata, timeout=patience
    )
    received: list[bytes] = []
    try:
        if method.server_streaming:
            async for message in call:
                received += [message.SerializeToString(deterministic=True)]
        else:
            received.append((await call).SerializeToString(deterministic=True))
    except grpc.aio.AioRpcError as error:
        if _of_the_client(error):
            return await ask(channel, method, fields, token, patience)
        ours = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED  # it was we who left, in words of gRPC
        return Answer(error.code(), "" if ours else error.details() or "", tuple(received))
    return Answer(grpc.StatusCode.OK, "", tuple(received))


def _of_the_client(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether gRPC hides the server's answer: a refusal that comes before the request has left."""
    trailers = dict(error.trailing_metadata() or ())
    return error.code() is grpc.StatusCode.INTERNAL and DETAIL_KEY not in trailers


def _callable(channel: grpc.aio.Channel, method: MethodDescriptor, response: type[Message]) -> Any:
    kinds = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    open_call = kinds[method.client_streaming, method.server_streaming]
    return open_call(
        f"/{path(method)}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=response.FromString,
    )
