"""What is logged, from which level on, and how."""

from __future__ import annotations

import logging
from enum import StrEnum

from services.rpc.log_format import JsonLines, TextLines

_OUR_LOGGERS = ("services", "inference_core", "storyroll")


class LogFormat(StrEnum):
    """How lines of the log look."""

    TEXT = "text"
    JSON = "json"


def log_from(level: str, form: LogFormat = LogFormat.TEXT, service: str = "storyroll") -> None:
    """Log what our own parts say from this level on, and warnings of others.

    Others are not to be talkative: at DEBUG database drivers log values and picture libraries log EXIF tags.

    Args:
        level: DEBUG, INFO, ….
        form: How lines look.
        service: Who writes, for lines of JSON.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(service) if form is LogFormat.JSON else TextLines())
    logging.basicConfig(level="WARNING", handlers=[handler])
    for ours in _OUR_LOGGERS:
        logging.getLogger(ours).setLevel(level)
