"""The trace that the work at hand belongs to: how one photo is followed through all services.

A trace is written as W3C's `traceparent` ("00-<trace>-<span>-<flags>") and says nothing of whose photo it is.
It is empty where nothing is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

TRACEPARENT: Final = "traceparent"
"""The metadata in which callers say what their call belongs to."""
_current: ContextVar[str] = ContextVar("trace", default="")


def current_trace() -> str:
    """Return the traceparent of the work at hand; empty where it is not followed."""
    return _current.get()


@contextmanager
def within_trace(trace: str) -> Iterator[None]:
    """Let what is done in the block, and in tasks and threads begun there, belong to a trace."""
    before = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(before)
