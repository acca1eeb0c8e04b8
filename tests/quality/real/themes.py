"""How often the themes of real photos are what people say: the surest one, and one of the first three."""

from __future__ import annotations

import csv
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
    """Look at all photos of travels and landscapes whose label has a theme of ours.

    They are 22: one photo more or less is 0.045, and a share of them may be 0.1 off by chance.
    """
    photos = labelled(folder, "places/")
    return await _shares({photo.path: _wanted(photo.label) for photo in photos}, eyes)


async def other_themes(folder: Path, eyes: Eyes) -> Themes:
    """Look at 55 photos from cameras of all kinds, labelled in `looked_at.tsv` by looking at them.

    Each has all the themes that it shows; those without any (people at work, colour charts) are left out.
    The constants of the theme head were chosen on these photos, so the others tell more.
    """
    with Path(__file__).with_name("looked_at.tsv").open(newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return await _shares({folder / row["path"]: frozenset(row["themes"].split()) for row in rows}, eyes)


async def _shares(wanted: Mapping[Path, frozenset[str]], eyes: Eyes) -> Themes:
    ranks = []
    for path, right in wanted.items():
        if right and (seen := await eyes.look(path.read_bytes(), Scope.CONTENT, Content)):
            names = [theme.label for theme in seen.themes]
            ranks.append(next((rank for rank, name in enumerate(names) if name in right), len(OURS)))
    n = max(len(ranks), 1)
    return Themes(len(ranks), sum(rank < 1 for rank in ranks) / n, sum(rank < 3 for rank in ranks) / n)


def _wanted(label: str) -> frozenset[str]:
    said = re.search(r"theme=([^;]*)", label)
    words = said[1].lower().split(",") if said else []
    return frozenset().union(*(OURS.get(word.strip(), frozenset()) for word in words))
