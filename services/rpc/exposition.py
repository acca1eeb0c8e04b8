"""Metrics for Prometheus over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from services.domain.errors import FailedPrecondition
from services.rpc.interceptors.observation import BOUNDS, Metrics


class CallsCollector(Collector):
    """The calls of a server, as Prometheus wants them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """Yield the calls by method and status, and how long they took."""
        calls = CounterMetricFamily("storyroll_rpc_calls", "Calls by status.", labels=("method", "code"))
        for (method, code), count in tuple(self._metrics.calls.items()):
            calls.add_metric((method, code.name), count)
        yield calls
        seconds = HistogramMetricFamily("storyroll_rpc_seconds", "How long calls took.", labels=("method",))
        bounds = [*map(str, BOUNDS), "+Inf"]
        for method, latency in tuple(self._metrics.latencies.items()):
            counts = accumulate(latency.buckets)
            seconds.add_metric((method,), list(zip(bounds, counts, strict=True)), latency.total)
        yield seconds


@contextmanager
def exposed(registry: CollectorRegistry, port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve a registry at http://host:port/metrics, on a thread; yield the port.

    Args:
        registry: What is served.
        port: 0 takes a free one.
        host: The address to listen at.

    Raises:
        FailedPrecondition: The port is taken, or the address not ours.
    """
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError:
        raise FailedPrecondition(
            f"cannot serve metrics on {host}:{port}: the port is taken, or the address not ours"
        ) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
