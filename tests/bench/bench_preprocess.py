"""Decode and resize: 12 MP JPEGs to tensors on one thread, beside plain Pillow.

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
from tests.bench.timing import interleaved

ALL_MODELS = (*FaceLooker.SPECS, *ContentLooker.SPECS)
WORKLOADS = {
    "224": (OutputSpec(224, 224, CenterCrop()),),
    "224 and 640": (OutputSpec(224, 224, CenterCrop()), *FaceLooker.SPECS),
    "all models": ALL_MODELS,
}


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
    """Print milliseconds and photos a second for each workload."""
    photos = camera_photos()
    weight = sum(map(len, photos)) / len(photos) / 1e6
    print(f"{len(photos)} photos of 12 MP, {weight:.1f} MB each; compiled kernels: {kernels.COMPILED}")
    for name, specs in WORKLOADS.items():
        seconds = interleaved(
            {
                "ours": lambda specs=specs: [preprocess(data, specs) for data in photos],
                "pillow draft": lambda specs=specs: [pillow(data, specs, True) for data in photos],
                "pillow": lambda specs=specs: [pillow(data, specs, False) for data in photos],
            },
            rounds=5,
        )
        for peer, total in seconds.items():
            each, ratio = total / len(photos), total / seconds["ours"]
            print(f"  {name:12} {peer:13} {each * 1000:6.1f} ms  {1 / each:6.1f} photos/s  {ratio:.2f}x ours")


if __name__ == "__main__":
    main()
