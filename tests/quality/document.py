"""`docs/quality.md`: what `make quality` measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from services.domain.roster import SAME_PERSON
from tests.bench.document import grid, write_section
from tests.quality.competition import Row, programs
from tests.quality.real.report import RealFigures

DOCUMENT = Path(__file__).parents[2] / "docs" / "quality.md"
COMMAND = "make quality"


def write(
    simulated: Mapping[str, Sequence[float]],
    wanted: Mapping[str, float],
    compared: Sequence[Row],
    real: RealFigures,
    document: Path = DOCUMENT,
) -> None:
    """Write all tables into the document.

    Args:
        simulated: The figure of each simulated life, by name.
        wanted: The goal of each.
        compared: Figures beside those of others' rules.
        real: What was measured on real material.
        document: Made if it is not there.
    """
    parts = [_HEAD.format(date=datetime.now(UTC), command=COMMAND), _lives(simulated, wanted)]
    parts += [_OTHERS, _beside(compared), _REAL, _real(real)]
    if real.curve:
        parts += [_FACES.format(chosen=SAME_PERSON), _curve(real)]
    write_section("quality", COMMAND, "\n\n".join(parts), document, "Quality")


def _lives(simulated: Mapping[str, Sequence[float]], wanted: Mapping[str, float]) -> str:
    rows = [
        [name, f"{mean(figures):.3f}", f"{min(figures):.3f}", f"{wanted[name]:g}"]
        for name, figures in simulated.items()
    ]
    return grid(["", "mean", "worst life", "wanted"], rows)


def _beside(compared: Sequence[Row]) -> str:
    names = programs(compared)
    rows = [
        [row.name, f"**{row.ours:.3f}**", *(_cell(row.theirs.get(name)) for name in names)]
        for row in compared
    ]
    return grid(["", "Storyroll", *names], rows)


def _real(real: RealFigures) -> str:
    return grid(["", "", "wanted"], [[name, f"{found:.3f}", f"{goal:g}"] for name, found, goal in real.goals])


def _curve(real: RealFigures) -> str:
    rows = [
        [
            f"{t:.3f}",
            *(f"{share:.3f}" for share in (s.precision, s.recall, s.f1)),
            str(s.split),
            str(s.merged),
        ]
        for t, s in real.curve.items()
    ]
    return grid(["threshold", "precision", "recall", "F1", "people split", "people merged"], rows)


def _cell(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"


_HEAD = """Measured on {date:%Y-%m-%d} by `{command}`. A goal that falls short is shown as it is.

## Simulated lives

A family's years (`tests/quality/simulator.py`) with wrong clocks, lost places, bursts, screenshots and
passers-by, the truth known. Figures are shares of what is right, or F1."""
_OTHERS = """## Beside others' rules

The rules of other programs, written from descriptions of them (`tests/quality/baselines`), on the same lives
and the same embeddings. Where a rule needs a threshold for embeddings that are not its own, it gets that
which serves it best. Empty: it has no rule for it."""
_REAL = """## Real material

Themes are of 22 photos of travels and landscapes, so one photo is 0.045 and a share may be 0.1 off by chance;
the other themes are of 55 photos, on which the constants of the theme head were chosen. A theme counts if it
is named."""
_FACES = """### Real faces by threshold

BCubed, from JPEG to groups. The threshold in use is {chosen:g}; people split have several groups, merged
groups several people."""
