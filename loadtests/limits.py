"""What must hold under load; what does not makes the run fail.

The limits are for two cores that run the server, its stores and the load itself: they catch what has become
several times slower, on a machine as small as anybody's. docs/operations.md has the objectives of a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # importing locust makes the whole process wait as gevent does
    from locust.stats import RequestStats

FAILED: Final = 0.001
"""The share of calls that may fail."""
LEAST_CALLS: Final = 10
"""Of which a percentile says something."""

P95_MS: Final[Mapping[str, float]] = {
    "CheckAssets": 500,
    "WriteAsset": 2_000,
    "CreateDirectUpload": 1_000,
    "CompleteDirectUpload": 2_500,
    "PUT": 1_500,
    "GrantConsent": 2_000,
    "ListAssets": 1_000,
    "ListEvents": 1_500,
    "ListPeople": 1_000,
    "ListStories": 1_000,
    "ExplainStory": 1_000,
    "RenderStory": 10_000,
}
"""Milliseconds within which 95 of 100 calls have ended; streams end with their last message."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit, and how the run stands to it: 1 is just within, 2 has twice the room."""

    name: str
    figure: float
    met: bool

    def __str__(self) -> str:
        """Return the line that every measurement of this project ends with."""
        return f"goal {self.name}: {self.figure:.2f} (want >= 1.00) {'ok' if self.met else 'short'}"


def goals(stats: RequestStats) -> Iterator[Goal]:
    """Yield every limit that the run says something about."""
    for entry in sorted(stats.entries.values(), key=lambda entry: entry.name):
        limit = P95_MS.get(entry.name)
        if limit and entry.num_requests >= LEAST_CALLS:
            room = limit / max(entry.get_response_time_percentile(0.95), 1.0)
            yield Goal(f"p95 of {entry.name} within {limit:.0f} ms", room, room >= 1)
    failed = stats.total.num_failures / max(stats.total.num_requests, 1)
    yield Goal(f"calls that fail within {FAILED:.1%}", FAILED / max(failed, FAILED / 10), failed <= FAILED)
