"""Transport policy by method: which need no token, which end only when told to, how long others take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import grpc

MIB: Final = 1024 * 1024
MAX_MESSAGE: Final = 4 * MIB
"""Bytes of a message, unless a service needs more."""

TOKENLESS: Final = (
    "/grpc.health.v1.Health/",
    "/grpc.reflection.",
    "/storyroll.suggestion.v1.SharedStoryService/",
)
"""Prefixes of methods that need no bearer token: probes and tools call them, which show nothing of any owner,
and viewers of shared stories, whose token is in the request."""

UNFOLLOWED: Final = ("/grpc.health.v1.Health/", "/grpc.reflection.")
"""Prefixes of methods of which no trace is made: probes call them all day."""

OUR_FAULT: Final = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
)
"""Statuses of calls that failed without their caller having done anything wrong."""

ENDLESS: Final = frozenset(
    {
        "/grpc.health.v1.Health/Watch",
        "/storyroll.suggestion.v1.SuggestionService/WatchStories",
    }
)
"""Streams that live until their caller or the server ends them."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a call may take whose caller set no deadline, in seconds."""

    unary: float = 120.0
    stream: float = 3600.0
    """Uploads and renderings over slow lines; their own progress is checked elsewhere."""
