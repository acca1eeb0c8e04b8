"""Settings of what a process tells about its work: its log, and traces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.rpc.logs import LogFormat, log_from

if TYPE_CHECKING:
    from services.adapters.tracing.spans import Spans


class LogSettings(BaseSettings):
    """What is logged, and how."""

    model_config = SettingsConfigDict(env_prefix="STORYROLL_", extra="ignore", use_attribute_docstrings=True)

    log: str = "WARNING"
    """DEBUG, INFO, …"""
    log_format: LogFormat = LogFormat.TEXT
    """text for people, or json: one object a line."""

    def apply(self, service: str) -> None:
        """Log so from now on."""
        log_from(self.log.upper(), self.log_format, service)


class TraceSettings(BaseSettings):
    """Where traces go, in OpenTelemetry's variables; its exporter reads others of OTEL_EXPORTER_OTLP_…."""

    model_config = SettingsConfigDict(env_prefix="OTEL_", extra="ignore", use_attribute_docstrings=True)

    exporter_otlp_endpoint: str = Field(default="", pattern="^(|https?://.+)$")
    """http://host:port of a collector of OTLP over gRPC, https:// to encrypt; empty makes no traces."""
    traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)
    """How many of all traces are followed: 0.01 is one in a hundred."""

    @contextmanager
    def spans(self, service: str) -> Iterator[Spans | None]:
        """Send spans of this service while the block lasts; yield None where they go nowhere."""
        if not self.exporter_otlp_endpoint:
            yield None
            return
        from services.adapters.tracing.exporter import Collector, open_spans

        collector = Collector(self.exporter_otlp_endpoint, self.traces_sampler_arg)
        with open_spans(collector, service) as spans:
            yield spans
