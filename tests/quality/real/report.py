"""Everything that is measured on real places, faces, themes and copies."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from inference_core.isolation import IsolatedPool
from services.domain.errors import Unavailable
from services.domain.roster import SAME_PERSON
from tests.quality.baselines import ente, immich
from tests.quality.competition import Row, people_row
from tests.quality.real import copies, faces
from tests.quality.real.landmarks import LANDMARKS, placed
from tests.quality.real.photos import Eyes
from tests.quality.real.themes import other_themes, themes

Goal = tuple[str, float, float]
"""Name, figure, what is wanted."""


@dataclass
class RealFigures:
    """What was measured on real material."""

    goals: list[Goal] = field(default_factory=list)
    compared: list[Row] = field(default_factory=list)
    curve: dict[float, faces.Score] = field(default_factory=dict)
    """How well real faces are grouped, by threshold."""


def measure_real(folder: Path) -> RealFigures:
    """Measure on real material, and print it; without the test photos or the models, places alone."""
    found = RealFigures()
    _places(found)
    if not folder.is_dir():
        print(f"real faces, themes and copies: skipped, no test photos at {folder} (STORYROLL_TEST_DATA)\n")
        return found
    try:
        asyncio.run(_photos(folder, found))
    except Unavailable as error:
        print(f"real faces, themes and copies: skipped, {error}\n")
    return found


async def _photos(folder: Path, found: RealFigures) -> None:
    with IsolatedPool(workers=1) as pool, tempfile.TemporaryDirectory() as scratch:
        eyes = Eyes(pool)
        await _themes(folder, eyes, found)
        await _faces(folder, eyes, found)
        await _copies(folder, Path(scratch), eyes, found)
        await eyes.close()


def _places(found: RealFigures) -> None:
    abroad, elsewhere = placed()
    missed = ", ".join(landmark.name for landmark in (*abroad, *elsewhere))
    print(f"landmarks: {len(LANDMARKS)}, other than people say: {missed or 'none'}\n")
    found.goals.append(("landmark-countries", len(LANDMARKS) - len(abroad), len(LANDMARKS)))
    found.goals.append(("landmark-cities", len(LANDMARKS) - len(elsewhere), 28))


async def _themes(folder: Path, eyes: Eyes, found: RealFigures) -> None:
    for name, look in (("themes", themes), ("other-themes", other_themes)):
        seen = await look(folder, eyes)
        print(f"{name} of {seen.photos} photos: {seen.first:.3f} first, {seen.first_three:.3f} in three\n")
        found.goals += [(f"{name}-top-1", seen.first, 0.55), (f"{name}-top-3", seen.first_three, 0.90)]


async def _faces(folder: Path, eyes: Eyes, found: RealFigures) -> None:
    album = await faces.real_album(folder, eyes)
    print(f"{len(album.faces)} real faces of {len(set(album.truth.values()))} people")
    print(f"{'threshold':>24}{'P':>8}{'R':>8}{'F1':>8}{'people':>8}{'split':>8}{'merged':>8}")
    curve = {t: faces.score(faces.ours(album.faces, t), album.truth) for t in faces.THRESHOLDS}
    found.curve = curve
    for threshold, score in curve.items():
        chosen = " chosen" if threshold == SAME_PERSON else ""
        print(_curve_line(threshold, score) + chosen)
    print()
    chosen_f1 = curve[SAME_PERSON].f1
    found.goals.append(
        ("real-people-f1-of-best-threshold", chosen_f1 / max(s.f1 for s in curve.values()), 0.99)
    )
    together = faces.nobody_twice(faces.ours(await faces.crowded(folder, eyes)))
    found.goals.append(("real-one-face-a-person", together, 1.0))
    found.compared.append(people_row("real-people-bcubed-f1", chosen_f1, album.faces, album.truth))


def _curve_line(threshold: float, score: faces.Score) -> str:
    shares = f"{score.precision:8.3f}{score.recall:8.3f}{score.f1:8.3f}"
    return f"{threshold:>24.3f}{shares}{score.people:>8}{score.split:>8}{score.merged:>8}"


async def _copies(folder: Path, scratch: Path, eyes: Eyes, found: RealFigures) -> None:
    pictures = await copies.pictures(folder, scratch, eyes)
    ours = copies.pair_f1(pictures, copies.ours)
    theirs = {
        "Ente": copies.pair_f1(pictures, lambda a, b: copies.cosine(a, b) > ente.DUPLICATE),
        "Immich": copies.pair_f1(pictures, lambda a, b: copies.cosine(a, b) >= immich.DUPLICATE),
    }
    found.goals.append(("near-duplicates-f1", ours, 0.98))
    found.compared.append(Row("near-duplicates-f1", ours, theirs))
