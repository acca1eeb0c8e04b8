"""What the inference core does, counted for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from inference_core.observe import Stage

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128)


class PrometheusObserver:
    """An `Observer` whose counts stand in a registry; nothing in them tells of an owner or a picture.

    Args:
        registry: Of this process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "storyroll_vision_seconds",
            "Time by stage: decode, queue, inference, heads.",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._waiting = Gauge(
            "storyroll_vision_waiting", "Items that wait for a model.", ("model",), registry=registry
        )
        self._sizes = Histogram(
            "storyroll_vision_batch_size", "Items in a batch.", ("model",), buckets=_SIZES, registry=registry
        )
        self._answered = Histogram(
            "storyroll_vision_model_seconds",
            "Time until an item's batch came back, by model.",
            ("model",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._photos = Counter(
            "storyroll_vision_photos",
            "Photos and videos by outcome: analysed, or why not.",
            ("outcome",),
            registry=registry,
        )

    def spent(self, stage: Stage, seconds: float) -> None:
        """See `Observer.spent`."""
        self._seconds.labels(stage.value).observe(seconds)

    def waiting(self, model: str, change: int) -> None:
        """See `Observer.waiting`."""
        self._waiting.labels(model).inc(change)

    def batch(self, model: str, size: int) -> None:
        """See `Observer.batch`."""
        self._sizes.labels(model).observe(size)

    def answered(self, model: str, seconds: float) -> None:
        """See `Observer.answered`."""
        self._answered.labels(model).observe(seconds)

    def finished(self, outcome: str) -> None:
        """See `Observer.finished`."""
        self._photos.labels(outcome).inc()
