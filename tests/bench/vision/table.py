"""The report as Markdown, on standard output and in `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from inference_core.observe import Stage
from tests.bench.devices import graphics_processors
from tests.bench.document import DOCUMENT, circumstances, grid, write_section
from tests.bench.vision.contenders import CALLERS, CURVES, FULL_ONLY, MOST, SCALED, Way
from tests.bench.vision.goals import goals
from tests.bench.vision.results import Report

_COMMAND = "make bench-vision"
_PACKAGES = ("onnxruntime", "numpy", "pillow")
_OBSERVED = (Way.LOCAL, Way.SHARED, Way.TENSORS, Way.PILLOW)

_METHOD = f"""\
Photos a second, from the bytes of a 12-megapixel JPEG to everything that is told of it, by all models. All \
ways take their turns, round after round, each in the same process, which runs with all that it starts (the \
model server too) on two cores. Figures are medians of the rounds; ratios are medians of each round's ratio. \
"{Way.BARE}" is ONNX Runtime with one thread a core on the tensors that the analysis makes, one item a \
batch, and nothing else: what is left to the whole analysis if decoding were free. "{Way.TENSORS}" has the \
same server, and an engine without the secret that sharing memory takes. "{Way.PILLOW}" is the analysis \
without this project's JPEG decoder: libjpeg-turbo at its reduced scales.

The photos are six pictures of about one megapixel from public packages, enlarged, with grain, until they \
weigh about 3 MB, every second one held upright by EXIF."""

_PEER = f"""\
The peer works as Immich's machine learning service does (its folder `machine-learning/immich_ml`): one \
HTTP request for each image and task (faces with their recognition, picture embedding, objects, sensitive \
content), the file decoded by Pillow whole for each, resized by Pillow (for faces without antialiasing, as \
OpenCV does), one process, a pool of a thread a core, sessions with one inter-op and two intra-op threads. \
What differs from Immich: its models are ours; the server is Python's ThreadingHTTPServer in the place of \
gunicorn, uvicorn and FastAPI, with kept connections and the file as the plain body in the place of a \
form; the graphs take uint8, so that it need not normalise; it neither measures quality nor names themes, \
does not turn photos upright, and cuts chips from what is decoded already. All but the choice of a server \
spare it work or change nothing. Immich sends previews of 1440 pixels that it made at upload; \
"{Way.PEER_PREVIEWS}" has such, and making them is not counted."""


def markdown(report: Report) -> str:
    """Return the report as a section of Markdown."""
    parts = ["## Vision", _METHOD, circumstances(_COMMAND, report.rounds, _versions()), *_sections(report)]
    return "\n\n".join(parts) + "\n"


def write(report: Report, document: Path = DOCUMENT) -> None:
    """Put the report into a document, in the place of the report that is there."""
    write_section("vision", _COMMAND, markdown(report), document)


def _versions() -> dict[str, str]:
    installed = {dist.name.lower(): dist.version for dist in metadata.distributions()}
    return {name: installed[name] for name in (*_PACKAGES, "pillow-simd") if name in installed}


def _sections(report: Report) -> Iterator[str]:
    yield from (f"{way} could not be measured: {reason}" for way, reason in report.absent.items())
    yield "### Photos a second by callers"
    yield grid(
        ("", *map(str, CALLERS), "x bare models"), [_curve(report, way) for way in report.present(CURVES)]
    )
    yield f"### {MOST} callers"
    full = [_full(report, way) for way in report.present((*CURVES, *FULL_ONLY))]
    yield grid(("", "photos/s", "x bare models", "core ms"), full)
    yield "Core ms: CPU time of a photo in all processes, which other work on the machine changes less."
    yield _PEER
    yield _comparisons(report)
    yield "### Half load"
    yield "Photos arrive at random, half as many a second as the way can do; from arrival to answer."
    yield grid(
        ("", "photos/s", "p50 ms", "p95 ms"), [_latency(report, way) for way in report.present(CURVES)]
    )
    yield "### Batches and stages"
    yield (
        f"With {MOST} callers: how many batches of which size leave for a model (the server may join them), "
        "and the time of a photo in each stage, all its items added up: they overlap."
    )
    observed = report.present(_OBSERVED)
    yield grid(("", *_batch_sizes(report)), [_histogram(report, way) for way in observed])
    stages = [_stages(report, way) for way in observed]
    yield grid(("", *(f"{stage} ms" for stage in Stage)), stages)
    yield "### One core and two"
    yield grid(("", "one", "two", "ratio"), [_scaling(report, way) for way in report.present(SCALED)])
    yield _devices(graphics_processors())
    yield "### Goals"
    yield "```\n" + "\n".join(goals(report)) + "\n```"


def _curve(report: Report, way: Way) -> Sequence[str]:
    return way, *(f"{report.rate(way, callers):.1f}" for callers in CALLERS), _beside_bare(report, way)


def _full(report: Report, way: Way) -> Sequence[str]:
    core_milliseconds = float(np.median(report.cpu[way])) * 1e3
    return way, f"{report.rate(way):.1f}", _beside_bare(report, way), f"{core_milliseconds:.0f}"


def _beside_bare(report: Report, way: Way) -> str:
    return f"{report.ratio(way, Way.BARE):.2f}"


def _comparisons(report: Report) -> str:
    """The ratios that are no goals, one line each."""
    pairs = ((Way.LOCAL, Way.PILLOW), (Way.LOCAL, Way.PEER_PREVIEWS), (Way.SHARED, Way.TENSORS))
    here = [pair for pair in pairs if len(report.present(pair)) == len(pair)]
    return "\n".join(f"- {own} by {other}: {report.ratio(own, other):.2f}" for own, other in here)


def _devices(graphics: Sequence[str]) -> str:
    """What was there to run models on, and what of it was used."""
    if graphics:
        return (
            f"There is a GPU ({', '.join(graphics)}), which none of these ways uses: all figures are a CPU's."
        )
    return (
        "No GPU was at hand: all figures are a CPU's, and what `storyroll models export` writes for the "
        "container and for TensorRT has been read by the real server, but not run."
    )


def _latency(report: Report, way: Way) -> Sequence[str]:
    middle, late = np.percentile(report.latencies[way], (50, 95)) * 1e3
    return way, f"{report.rate(way) / 2:.1f}", f"{middle:.0f}", f"{late:.0f}"


def _batch_sizes(report: Report) -> list[str]:
    return [str(size) for size in _sizes(report)]


def _sizes(report: Report) -> list[int]:
    return sorted({size for counted in report.batches.values() for size in counted})


def _histogram(report: Report, way: Way) -> Sequence[str]:
    return way, *(str(report.batches[way][size]) for size in _sizes(report))


def _stages(report: Report, way: Way) -> Sequence[str]:
    return way, *(f"{report.stage(way, stage) * 1e3:.0f}" for stage in Stage)


def _scaling(report: Report, way: Way) -> Sequence[str]:
    one = float(np.median(report.one_core[way, MOST]))
    return way, f"{one:.1f}", f"{report.rate(way):.1f}", f"{report.scaling(way):.2f}"
