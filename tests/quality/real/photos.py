"""The test photos with what is known of them, and what the real models see in them."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar

import platformdirs

from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer
from inference_core.models.themes import themes_text
from services.adapters.sealed import facet_codec
from services.adapters.vision import CoreVision
from services.domain.consent import Scope
from services.domain.errors import UnreadableMedia
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.media import MediaKind

F = TypeVar("F", bound=Facet)


@dataclass(frozen=True)
class Labelled:
    """A photo and what is known of it."""

    path: Path
    label: str


def labelled(folder: Path, *names: str) -> Iterator[Labelled]:
    """Yield the JPEGs of some folders of the test photos with their labels, in order of path."""
    with (folder / "MANIFEST.tsv").open(newline="") as manifest:
        rows = sorted(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE), key=_path)
    for row in rows:
        if row["path"].startswith(names) and row["path"].endswith(".jpg"):
            yield Labelled(folder / row["path"], row["label"])


def _path(row: Mapping[str, str]) -> str:
    return row["path"]


def _ways_of_seeing(vision: CoreVision) -> bytes:
    """Return what a sight depends on: the models, the themes and what is made of their outputs."""
    models = "".join(sorted(model.sha256 for model in vision.models()))
    heads = resources.files("inference_core.heads").iterdir()
    sources = sorted(head.read_text() for head in heads if head.name.endswith(".py"))
    return "".join([models, themes_text(), *sources]).encode()


class Eyes:
    """Looks at photos with the real models, and remembers in the user's cache what it saw.

    A sight is kept under the SHA-256 of the photo and of all that decides what is seen in it.
    """

    def __init__(self, pool: IsolatedPool) -> None:
        self._vision = CoreVision(partial(local_analyzer, pool))
        version = hashlib.sha256(_ways_of_seeing(self._vision)).hexdigest()[:16]
        root = os.environ.get("STORYROLL_CACHE") or platformdirs.user_cache_dir("storyroll")
        self._cache = Path(root) / "quality" / version
        self._cache.mkdir(parents=True, exist_ok=True)

    async def look(self, photo: bytes, scope: Scope, facet: type[F]) -> F | None:
        """Return what the models see, None where they cannot read the photo.

        Args:
            photo: The whole file.
            scope: FACES or CONTENT.
            facet: What comes of it, Faces or Content.
        """
        kept = self._cache / f"{hashlib.sha256(photo).hexdigest()}.{facet.NAME}"
        if kept.exists():
            found = facet_codec.decode(facet.NAME, kept.read_bytes())
            return found if isinstance(found, facet) else None
        try:
            sight = await self._vision.look(photo, MediaKind.PHOTO, frozenset({scope}), OwnerId("quality"))
        except UnreadableMedia:
            return None
        seen = sight.faces if scope is Scope.FACES else sight.content
        if not isinstance(seen, facet):
            return None
        partial = kept.with_suffix(".part")
        partial.write_bytes(facet_codec.encode(seen))
        partial.replace(kept)
        return seen

    async def close(self) -> None:
        """Release the models."""
        await self._vision.close()
