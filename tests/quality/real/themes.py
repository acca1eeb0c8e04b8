"""How often the themes of real photos are what people say: the surest one, and one of the first three."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.domain.consent import Scope
from services.domain.facets import Content
from tests.quality.real.photos import Eyes, labelled

OURS: Mapping[str, frozenset[str]] = {
    word: frozenset(themes.split())
    for word, themes in {
        "autumn": "forest mountains",
        "bridge cables": "bridge",
        "canal": "lake",
        "city": "city",
        "colosseum": "landmark",
        "desert": "desert",
        "document": "document",
        "dog": "dogs",
        "dunes": "desert",
        "flowers": "flowers",
        "food": "food",
        "forest": "forest",
        "fruit": "fruit",
        "hiking": "hiking",
        "house": "house",
        "landmark": "landmark",
        "market": "market",
        "meadow": "countryside flowers",
        "mountains": "mountains",
        "skateboard": "skateboard",
        "sport": "sports",
        "stream": "waterfall",
        "sunset": "sunset",
        "train": "train",
        "wine": "drinks",
    }.items()
}
"""The themes that mean what a label says; labels without one (sky, family) are not asked for."""


@dataclass(frozen=True)
class Themes:
    """Shares of photos."""

    photos: int
    first: float
    first_three: float


async def themes(folder: Path, eyes: Eyes) -> Themes:
    """Look at all photos whose label has a theme of ours."""
    ranks = []
    for photo in labelled(folder, "places/"):
        wanted = _wanted(photo.label)
        if wanted and (seen := await eyes.look(photo.path.read_bytes(), Scope.CONTENT, Content)):
            names = [theme.label for theme in seen.themes]
            ranks.append(next((rank for rank, name in enumerate(names) if name in wanted), len(OURS)))
    n = max(len(ranks), 1)
    return Themes(len(ranks), sum(rank < 1 for rank in ranks) / n, sum(rank < 3 for rank in ranks) / n)


def _wanted(label: str) -> frozenset[str]:
    said = re.search(r"theme=([^;]*)", label)
    words = said[1].lower().split(",") if said else []
    return frozenset().union(*(OURS.get(word.strip(), frozenset()) for word in words))
