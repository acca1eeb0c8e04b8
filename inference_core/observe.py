"""What there is to know of the core while it works, for whoever wants to count it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """Where the time of a picture goes."""

    DECODE = "decode"
    """Decoding and resizing, without waiting for a thread."""
    QUEUE = "queue"
    """An item's wait for its batch to leave."""
    INFERENCE = "inference"
    """A batch's way through its model, transport and the server's own queue included."""
    HEADS = "heads"
    """From raw outputs to faces, objects and themes."""


class Observer(Protocol):
    """Is told what happens; any thread may tell. Must be quick, and must not fail.

    What is told of one picture is told in the context (`contextvars`) of whoever asked for it.
    """

    def spent(self, stage: Stage, seconds: float) -> None:
        """Something took so long."""
        ...

    def waiting(self, model: str, change: int) -> None:
        """So many more items wait for a model, or fewer if negative."""
        ...

    def batch(self, model: str, size: int) -> None:
        """A batch of so many items leaves for a model."""
        ...

    def answered(self, model: str, seconds: float) -> None:
        """The batch of an item came back after so many seconds; told in the context of who asked."""
        ...

    def finished(self, outcome: str) -> None:
        """A photo or video is done: "analysed", or in one word why not."""
        ...


class Unobserved:
    """An observer that looks away."""

    def spent(self, stage: Stage, seconds: float) -> None:
        """See `Observer.spent`."""

    def waiting(self, model: str, change: int) -> None:
        """See `Observer.waiting`."""

    def batch(self, model: str, size: int) -> None:
        """See `Observer.batch`."""

    def answered(self, model: str, seconds: float) -> None:
        """See `Observer.answered`."""

    def finished(self, outcome: str) -> None:
        """See `Observer.finished`."""


@contextmanager
def timed(observer: Observer, stage: Stage) -> Iterator[None]:
    """Tell the observer how long the block takes, if it succeeds."""
    started = time.perf_counter()
    yield
    observer.spent(stage, time.perf_counter() - started)
