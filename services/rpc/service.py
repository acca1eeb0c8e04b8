"""What a composition root hands to a server: servicers to register and workers to run beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import grpc

from services.rpc.policy import MAX_MESSAGE

Worker = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set, then finishes what it has begun and returns."""


class Servicer(Protocol):
    """One gRPC service, ready to be registered."""

    @property
    def service_name(self) -> str:
        """The full name, for example storyroll.upload.v1.UploadService."""
        ...

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A part of Storyroll that runs alone or beside others in one process."""

    servicers: tuple[Servicer, ...] = ()
    workers: tuple[Worker, ...] = ()
    max_message: int = MAX_MESSAGE
    """Bytes of the largest message that it receives."""

    @staticmethod
    def joined(services: Iterable[Service]) -> Service:
        """Return all of them as one."""
        parts = tuple(services)
        return Service(
            tuple(servicer for part in parts for servicer in part.servicers),
            tuple(worker for part in parts for worker in part.workers),
            max((part.max_message for part in parts), default=MAX_MESSAGE),
        )
