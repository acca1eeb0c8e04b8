"""In which language a caller wants to be told things: the `accept-language` metadata of the call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import grpc

from services.domain.stories.text import Language, preferred

METADATA_KEY: Final = "accept-language"
"""Its value is that of the HTTP header of this name (RFC 9110): de-AT, de;q=0.9, en;q=0.5."""
_MOST: Final = 20
"""More languages than this nobody speaks."""


def language_of(context: grpc.aio.ServicerContext[Any, Any]) -> Language:
    """Return the language that the caller likes best of those there are; English where none is asked for."""
    asked = [
        value
        for key, value in context.invocation_metadata() or ()
        if key == METADATA_KEY and isinstance(value, str)
    ]
    return preferred(_ranked(",".join(asked)))


def _ranked(header: str) -> list[str]:
    """Return the language tags of a header, that with the greatest weight first; weight 0 means never."""
    weighted = [item for part in header.split(",")[:_MOST] for item in _weighted(part)]
    return [tag for weight, tag in sorted(weighted, key=lambda item: -item[0]) if weight > 0]


def _weighted(part: str) -> Iterator[tuple[float, str]]:
    tag, _, weight = part.partition(";q=")
    try:
        yield float(weight or 1.0), tag.strip()
    except ValueError:
        return
