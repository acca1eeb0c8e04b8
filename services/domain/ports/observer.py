"""Whoever wants to know what services do: how often, how long, and to what end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

from services.domain.messages import Consumer, Message
from services.domain.stories.story import StoryKind


class Step(StrEnum):
    """A part of what a stage does for its messages."""

    PROBE = "probe"
    """Reading what a file says of itself."""
    READ_LIBRARY = "read_library"
    """What changed in an owner's library since the last plan."""
    GROUP = "group"
    """Finding out who is who, and where everything belongs in time."""
    PLAN = "plan"
    STORE = "store"
    """Writing what a plan changed."""


class Clearing(StrEnum):
    """What is cleared away from time to time."""

    UNFINISHED = "unfinished uploads"
    ORPHANS = "blobs without a record"
    RETENTION = "what retention lets go"


class WorkObserver(Protocol):
    """Is told what happens; any thread may tell. Must be quick, must not fail, and learns of no owner."""

    def stage(self, consumer: Consumer, messages: Sequence[Message]) -> AbstractContextManager[None]:
        """A stage handles these messages for as long as the block lasts; what it raises is how it ended."""
        ...

    def step(self, step: Step) -> AbstractContextManager[None]:
        """A part of it takes as long as the block lasts."""
        ...

    def swept(self, what: Clearing, removed: int) -> None:
        """A sweep came to its end and took so many things away."""
        ...

    def proposed(self, kinds: Iterable[StoryKind]) -> None:
        """Stories of these kinds were proposed that were not there before."""
        ...


class Unobserved:
    """Fulfils `WorkObserver` by looking away."""

    def stage(self, consumer: Consumer, messages: Sequence[Message]) -> AbstractContextManager[None]:
        """See `WorkObserver.stage`."""
        return nullcontext()

    def step(self, step: Step) -> AbstractContextManager[None]:
        """See `WorkObserver.step`."""
        return nullcontext()

    def swept(self, what: Clearing, removed: int) -> None:
        """See `WorkObserver.swept`."""

    def proposed(self, kinds: Iterable[StoryKind]) -> None:
        """See `WorkObserver.proposed`."""
