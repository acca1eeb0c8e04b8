"""The report as Markdown, on standard output and in `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.document import DOCUMENT, circumstances, grid, write_section
from tests.bench.preprocessing.contenders import CONTENDERS, OURS
from tests.bench.preprocessing.environments import versions
from tests.bench.preprocessing.goals import goals
from tests.bench.preprocessing.results import EXACT_ENOUGH, Comparison, Report, Row
from tests.bench.preprocessing.tasks import OVERSAMPLING

_COMMAND = "make bench-preprocess"
_PACKAGES = ("pillow", "pillow-simd", "opencv-python-headless", "simplejpeg", "pyturbojpeg", "pyvips-binary",
             "nvidia-dali-cuda120")  # fmt: skip
_METHOD = f"""\
Every library runs in its own process on one core; all take their turns, round after round. Times are \
medians of CPU time for one photo, from the bytes of the file to upright uint8 RGB tensors, channels first. \
`x ours` is that time by this project's. `224` is the central square; `224 + 640` adds the whole photo on a \
square canvas, from one decode. Callers of OpenCV, simplejpeg and PyTurboJPEG are taken to know the size of \
the photo beforehand; the scale that they decode at leaves {OVERSAMPLING} times the pixels of every output, \
as this project's does. "Hurried" leaves no more pixels than needed. The best library is the fastest one \
that is not hurried, or that comes within {EXACT_ENOUGH:g} dB of this project.

PSNR is that of the output against all pixels decoded (libjpeg-turbo, 8 bits) and resized in float64, by \
the closest of three filters (triangle, Lanczos, area), mean over the photos; of the crop, then of the \
letterbox without its padding. Libraries that crop at whole pixels lie up to half a pixel beside the square, \
which is most of what OpenCV (with those that use its resize), pyvips and DALI lack in PSNR.

"Generated" photos are pictures of about one megapixel from public packages, enlarged, with fine detail and \
grain laid over them until they weigh what photos weigh (3 to 5 MB at 12 MP, quality 90, 4:2:0), every \
second one held upright by EXIF."""


def markdown(report: Report) -> str:
    """Return the report as a section of Markdown."""
    return "\n\n".join(["## Preprocessing", _METHOD, _circumstances(report), *_sections(report)]) + "\n"


def write(report: Report, document: Path = DOCUMENT) -> None:
    """Put the report into a document, in the place of the report that is there."""
    write_section("preprocessing", _COMMAND, markdown(report), document)


def _sections(report: Report) -> Iterator[str]:
    for comparison in report.comparisons:
        yield f"### {comparison.workload.sample.name} to {comparison.workload.task.name}"
        yield f"{_photos(comparison)} {_rival(comparison)}"
        yield _rows(comparison)
        if comparison.failures:
            yield "\n".join(f"- {name}: {why}" for name, why in comparison.failures.items())
    yield "### Memory for a 48 MP photo"
    yield "Peak resident memory beyond the file and what the library keeps anyway."
    yield _memory(report.memory)
    yield f"Two threads give {report.scaling:.2f} times the photos a second of one (wall time, best rounds)."
    yield (
        f"Two threads that share one photo of 48 MP have it {report.split:.2f} times as soon as one "
        "(to 224, wall time, best rounds: a core that is not idle counts against it)."
    )
    yield "### Goals"
    yield "```\n" + "\n".join(goals(report)) + "\n```"


def _circumstances(report: Report) -> str:
    pins = {name: version for name, version in _pins().items() if name in _PACKAGES}
    return circumstances(_COMMAND, report.rounds, pins)


def _pins() -> dict[str, str]:
    peers = {contender.peer for contender in CONTENDERS if contender.peer}
    return {name: version for peer in peers for name, version in versions(peer).items()}


def _photos(comparison: Comparison) -> str:
    files = comparison.workload.sample.files
    weight = sum(file.stat().st_size for file in files) / len(files) / 1e6
    noun = "photo" if len(files) == 1 else "photos"
    return f"{len(files)} {noun}, {comparison.workload.sample.origin}, {weight:.1f} MB each."


def _rival(comparison: Comparison) -> str:
    best = comparison.best_library()
    if best is None:
        return "No library installs here."
    ratio = comparison.ours_against(best)
    return f"Best library: {best.contender.name}; this project is {ratio:.2f} times as fast."


def _rows(comparison: Comparison) -> str:
    ordered = sorted(comparison.rows, key=lambda row: row.median)
    lines = [_row(row, comparison.ours.median) for row in ordered]
    return grid(("", "ms", "x ours", "PSNR dB"), lines)


def _row(row: Row, ours: float) -> tuple[str, ...]:
    quality = " / ".join(f"{value:.1f}" for value in row.psnr)
    return _name(row.contender.name), f"{row.median * 1e3:.2f}", f"{row.median / ours:.2f}", quality


def _memory(memory: dict[str, int]) -> str:
    ordered = sorted(memory.items(), key=lambda item: item[1])
    return grid(("", "MB"), [(_name(name), f"{taken / 1e6:.1f}") for name, taken in ordered])


def _name(name: str) -> str:
    return f"**{name}**" if name == OURS else name
