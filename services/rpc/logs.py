"""What is logged, and from which level on."""

from __future__ import annotations

import logging

_OUR_LOGGERS = ("services", "inference_core", "storyroll")


def log_from(level: str) -> None:
    """Log what our own parts say from this level on, and warnings of others.

    Others are not to be talkative: at DEBUG database drivers log values and picture libraries log EXIF tags.
    """
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for ours in _OUR_LOGGERS:
        logging.getLogger(ours).setLevel(level)
