"""Decode and resize: 12 MP JPEGs to tensors on one thread, beside Pillow with and without scaled decoding.

Run: python -m tests.bench.bench_preprocess
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageOps

from inference_core.looking import ContentLooker, FaceLooker
from inference_core.preprocess import CenterCrop, OutputSpec, kernels, preprocess
from tests.bench.camera_photos import camera_photos
from tests.bench.timing import goal, interleaved

ALL_MODELS = (*FaceLooker.SPECS, *ContentLooker.SPECS)
WORKLOADS = {
    "224": (OutputSpec(224, 224, CenterCrop()),),
    "224 and 640": (OutputSpec(224, 224, CenterCrop()), *FaceLooker.SPECS),
    "all models": ALL_MODELS,
}
GOALS = {"224": {"pillow draft": 2.5, "pillow": 6.0}, "224 and 640": {"pillow draft": 2.2}}
"""How many times the speed of a peer each workload is to have."""


def pillow(data: bytes, specs: Sequence[OutputSpec], scaled: bool) -> list[np.ndarray]:
    """Do with Pillow alone what `preprocess` does."""
    image = Image.open(io.BytesIO(data))
    if scaled:
        side = 1.3 * max(spec.density(image.size) for spec in specs)
        image.draft("RGB", (int(image.width * side), int(image.height * side)))
    upright = ImageOps.exif_transpose(image.convert("RGB"))
    return [_output(upright, spec) for spec in specs]


def _output(upright: Image.Image, spec: OutputSpec) -> np.ndarray:
    where = spec.place(upright.size)
    left, top, right, bottom = where.target
    canvas = Image.new("RGB", where.canvas)
    small = upright.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=where.source)
    canvas.paste(small, (left, top))
    return np.ascontiguousarray(np.asarray(canvas).transpose(2, 0, 1))


def main() -> None:
    """Print milliseconds and photos a second for each workload, then the goals."""
    photos = camera_photos()
    weight = sum(map(len, photos)) / len(photos) / 1e6
    print(f"{len(photos)} photos of 12 MP, {weight:.1f} MB each; compiled kernels: {kernels.COMPILED}")
    goals = [line for name, specs in WORKLOADS.items() for line in bench(name, specs, photos)]
    print(*goals, sep="\n")


def bench(name: str, specs: Sequence[OutputSpec], photos: Sequence[bytes]) -> list[str]:
    """Print what one workload takes; return its goals."""
    seconds = interleaved(
        {
            "ours": lambda: [preprocess(data, specs) for data in photos],
            "pillow draft": lambda: [pillow(data, specs, True) for data in photos],
            "pillow": lambda: [pillow(data, specs, False) for data in photos],
        },
        rounds=3,
    )
    ratios = {peer: total / seconds["ours"] for peer, total in seconds.items()}
    for peer, total in seconds.items():
        each = total / len(photos)
        print(
            f"  {name:12} {peer:13} {each * 1000:6.1f} ms  {1 / each:6.1f} photos/s  {ratios[peer]:.2f}x ours"
        )
    wants = GOALS.get(name, {})
    return [goal(f"{name} beside {peer}", ratios[peer], want) for peer, want in wants.items()]


if __name__ == "__main__":
    main()
