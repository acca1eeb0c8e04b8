"""What services do for messages and by themselves, counted for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.domain.errors import StoryrollError
from services.domain.messages import Consumer, Message
from services.domain.ports import Clearing, Step
from services.domain.stories.story import StoryKind

DONE: Final = "done"
FAULT: Final = "fault"
"""The outcome of what nobody foresaw; what was foreseen is called by its domain error."""
_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class WorkMetrics:
    """A `WorkObserver` whose counts stand in a registry; nothing in them tells of an owner.

    Args:
        registry: Of this process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stages = Histogram(
            "storyroll_stage_seconds",
            "Time that a stage spends on a message, or on a plan, by how it ended.",
            ("stage", "outcome"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._messages = Counter(
            "storyroll_stage_messages", "Messages handled, again or not.", ("stage",), registry=registry
        )
        self._steps = Histogram(
            "storyroll_step_seconds",
            "Time by step: probe, read_library, group, plan, store.",
            ("step",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._removed = Counter(
            "storyroll_swept", "Things that sweeps took away.", ("sweep",), registry=registry
        )
        self._swept_at = Gauge(
            "storyroll_sweep_end_timestamp_seconds",
            "When a sweep last came to its end.",
            ("sweep",),
            registry=registry,
        )
        self._stories = Counter(
            "storyroll_stories_proposed", "Stories that were proposed.", ("kind",), registry=registry
        )

    @contextmanager
    def stage(self, consumer: Consumer, messages: Sequence[Message]) -> Iterator[None]:
        """See `WorkObserver.stage`."""
        began, outcome = time.perf_counter(), DONE
        try:
            yield
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            self._messages.labels(consumer.value).inc(len(messages))
            self._stages.labels(consumer.value, outcome).observe(time.perf_counter() - began)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """See `WorkObserver.step`."""
        with self._steps.labels(step.value).time():
            yield

    def swept(self, what: Clearing, removed: int) -> None:
        """See `WorkObserver.swept`."""
        self._removed.labels(what.value).inc(removed)
        self._swept_at.labels(what.value).set_to_current_time()

    def proposed(self, kinds: Iterable[StoryKind]) -> None:
        """See `WorkObserver.proposed`."""
        for kind in kinds:
            self._stories.labels(kind.value).inc()


def outcome_of(error: BaseException) -> str:
    """Return one word for how something ended that raised this."""
    return type(error).__name__ if isinstance(error, StoryrollError) else FAULT
