"""How a line of the log looks: for people, or as JSON for machines that collect it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from services.domain.traces import current_trace
from services.rpc.redaction import redacted


class TextLines(logging.Formatter):
    """Lines for people, redacted."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback below it where there is one."""
        return redacted(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line, redacted, and with the trace that the work at hand belongs to.

    Args:
        service: Who writes.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; its time is RFC 3339, UTC."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "severity": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            **_place_in_trace(),
        }
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _place_in_trace() -> dict[str, str]:
    _, _, ids = current_trace().partition("-")
    trace, _, rest = ids.partition("-")
    return {"trace_id": trace, "span_id": rest.partition("-")[0]} if trace else {}
