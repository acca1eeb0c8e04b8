"""Probing media in worker processes, where a parser that crashes or hangs costs one file."""

from __future__ import annotations

from pathlib import Path

from inference_core.errors import UnreadableImage
from inference_core.isolation import IsolatedPool
from services.adapters.media_files.photo import photo_facts
from services.adapters.media_files.video_container import video_facts
from services.domain.capture import MediaFacts
from services.domain.errors import UnreadableMedia
from services.domain.media import MediaKind
from services.domain.media_types import by_name


class IsolatedMediaProbe:
    """The MediaProbe port over a pool of isolated workers, which the caller opens and closes."""

    def __init__(self, pool: IsolatedPool) -> None:
        self._pool = pool

    async def probe(self, path: Path, media_type: str, *, location: bool) -> MediaFacts:
        """Return the facts, coordinates only if `location`; raise UnreadableMedia with the reason."""
        kind = by_name(media_type).kind
        try:
            return await self._pool.run(read_facts, path, kind, location)
        except UnreadableImage as crash:
            raise UnreadableMedia(crash.reason) from crash


def read_facts(path: Path, kind: MediaKind, location: bool) -> MediaFacts:
    """Read a file's facts in this very process; raise UnreadableMedia with the reason."""
    reader = video_facts if kind is MediaKind.VIDEO else photo_facts
    return reader(path, location=location)
