"""What can happen to one call of the server; none of these leaves the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tritonclient.utils import InferenceServerException


class CallFailed(Exception):
    """One call failed; its text is for the log.

    Attributes:
        public: What callers may know: no address, no path, nothing of the server's own words.
    """

    public: ClassVar[str]


class Refused(CallFailed):
    """The server answered, and the answer is an error: it has finished with the request."""

    public = "the model server fails on it"


class NotServed(CallFailed):
    """The server is there but does not serve this now: not loaded, its process dead, not for us."""

    public = "the model server does not have it"


class NoAnswer(CallFailed):
    """The connection broke or the time was over: the server may still be reading the request."""

    public = "the model server does not answer"


class ForeignModel(CallFailed):
    """The server's answer has another form than the model's: it runs another model under this name."""

    public = "the model server runs another model under this name"


class SwappedAnswer(CallFailed):
    """The server's answer is about other pixels, or damaged: it took one request for another."""

    public = "the model server mixes up its answers"


_NO_ANSWER = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"}
"""UNAVAILABLE is also said of a full queue, but nothing tells that from a broken connection for sure."""

_NOT_SERVED = {"NOT_FOUND", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED", "PERMISSION_DENIED"}


_SAID_WHEN_NOT_SERVED = re.compile(r"Stub process '.*' is not healthy|This protocol is restricted")
"""A model's process is dead, or a call lacks the secret: Triton has no status for either, and says INTERNAL,
as for a bad picture, and UNAVAILABLE, as for a broken connection."""


def failure_of(error: InferenceServerException) -> CallFailed:
    """Return a failed call in the engine's own words."""
    code = (error.status() or "").removeprefix("StatusCode.")
    said = (error.message() or "no reason given").splitlines()[0]
    if _SAID_WHEN_NOT_SERVED.search(said):
        return NotServed(said)
    if code in _NO_ANSWER:
        return NoAnswer(said)
    if code in _NOT_SERVED:
        return NotServed(said)
    return Refused(said)
