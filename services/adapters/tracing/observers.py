"""Spans of what services and the inference core do, beside their metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry.trace import Span, SpanKind, StatusCode

from inference_core.observe import Observer, Stage
from services.adapters.tracing.spans import Attributes, Spans
from services.adapters.work_metrics import DONE, FAULT, outcome_of
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Clearing, Step, WorkObserver
from services.domain.stories.story import StoryKind

_MOST_LINKS: Final = 100
_OF_ASSETS: Final = frozenset(
    {MessageType.ASSET_STORED, MessageType.ASSET_DESCRIBED, MessageType.ASSET_ANALYSED}
)


class TracedWork:
    """A `WorkObserver` that makes spans, and tells another one.

    Args:
        spans: Makes them.
        inner: Is told as well.
    """

    def __init__(self, spans: Spans, inner: WorkObserver) -> None:
        self._spans = spans
        self._inner = inner

    @contextmanager
    def stage(self, consumer: Consumer, messages: Sequence[Message]) -> Iterator[None]:
        """See `WorkObserver.stage`: in the trace of the first message, and linked to the others."""
        first, *others = dict.fromkeys(message.trace for message in messages if message.trace) or ("",)
        with (
            self._spans.span(
                f"stage {consumer}",
                _about(consumer, messages),
                kind=SpanKind.CONSUMER,
                parent=first,
                besides=others[:_MOST_LINKS],
            ) as span,
            _ended(span),
            self._inner.stage(consumer, messages),
        ):
            yield

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """See `WorkObserver.step`."""
        with self._spans.span(f"step {step}", {}) as span, _ended(span), self._inner.step(step):
            yield

    def swept(self, what: Clearing, removed: int) -> None:
        """See `WorkObserver.swept`."""
        self._inner.swept(what, removed)

    def proposed(self, kinds: Iterable[StoryKind]) -> None:
        """See `WorkObserver.proposed`."""
        self._inner.proposed(kinds)


class TracedVision:
    """An `Observer` of the inference core that makes spans, and tells another one.

    Args:
        spans: Makes them.
        inner: Is told as well.
    """

    def __init__(self, spans: Spans, inner: Observer) -> None:
        self._spans = spans
        self._inner = inner

    def spent(self, stage: Stage, seconds: float) -> None:
        """See `Observer.spent`."""
        self._inner.spent(stage, seconds)
        if stage is not Stage.INFERENCE:  # of a whole batch: each of its items is told by `answered`
            self._spans.ended(f"vision {stage}", {}, seconds)

    def waiting(self, model: str, change: int) -> None:
        """See `Observer.waiting`."""
        self._inner.waiting(model, change)

    def batch(self, model: str, size: int) -> None:
        """See `Observer.batch`."""
        self._inner.batch(model, size)

    def answered(self, model: str, seconds: float) -> None:
        """See `Observer.answered`."""
        self._inner.answered(model, seconds)
        self._spans.ended(f"vision {Stage.INFERENCE}", {"storyroll.model": model}, seconds)

    def finished(self, outcome: str) -> None:
        """See `Observer.finished`."""
        self._inner.finished(outcome)


def _about(consumer: Consumer, messages: Sequence[Message]) -> Attributes:
    about: dict[str, str | int] = {"storyroll.stage": consumer.value, "storyroll.messages": len(messages)}
    if len(messages) == 1:
        about["storyroll.message"] = messages[0].type.value
        if messages[0].type in _OF_ASSETS:
            about["storyroll.asset"] = messages[0].subject
    return about


@contextmanager
def _ended(span: Span) -> Iterator[None]:
    """Say in one word how it ended; what an error says may tell of somebody's photos."""
    outcome = DONE
    try:
        yield
    except BaseException as error:
        outcome = outcome_of(error)
        raise
    finally:
        span.set_attribute("storyroll.outcome", outcome)
        if outcome == FAULT:
            span.set_status(StatusCode.ERROR)
