"""The pictures of a story as rendering sees them: bytes to open, and what must stay in view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from services.domain.identity import AssetId
from services.domain.library import LibraryAsset
from services.domain.media import Box, MediaKind
from services.domain.stories.story import Story

Source = Path | Callable[[], bytes]
"""Where the bytes of a picture are: a file, or a function that fetches them when they are needed."""


@dataclass(frozen=True)
class Picture:
    """One photo or video of a story."""

    asset_id: AssetId
    kind: MediaKind
    source: Source
    focus: Box | None = None
    """Encloses what a crop must keep, in fractions of the upright picture."""
    faces: tuple[Box, ...] = ()
    """Every face, in fractions of the upright picture."""
    capture_time: datetime | None = None
    place: str = ""
    """The city, empty where unknown."""

    @property
    def keep(self) -> tuple[Box, ...]:
        """What a crop keeps whole where it can: the faces, else the focus."""
        return self.faces or ((self.focus,) if self.focus else ())

    def open(self) -> BinaryIO:
        """Open the bytes for reading; raise OSError where they cannot be had."""
        return self.source.open("rb") if isinstance(self.source, Path) else BytesIO(self.source())


def pictures_of(
    story: Story,
    assets: Mapping[AssetId, LibraryAsset],
    sources: Mapping[AssetId, Source],
) -> tuple[Picture, ...]:
    """Return the pictures of a story in its order; one whose asset or source is missing is skipped."""
    return tuple(
        Picture(
            asset_id=item.asset_id,
            kind=asset.kind,
            source=sources[item.asset_id],
            focus=item.focus,
            faces=tuple(face.box for face in asset.faces),
            capture_time=asset.capture_time,
            place=asset.place.city if asset.place else "",
        )
        for item in story.media
        if item.asset_id in sources and (asset := assets.get(item.asset_id)) is not None
    )
