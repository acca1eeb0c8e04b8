"""Baseline JPEG to planes, at scales that the outputs can show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference_core.preprocess import kernels
from inference_core.preprocess.colour import srgb_transform
from inference_core.preprocess.jpeg.planar import PlanarPhoto
from inference_core.preprocess.raster import mapped_box
from inference_core.preprocess.scale import check_size, choose_shrink, chroma_density
from inference_core.preprocess.spec import Box, Orientation, OutputSpec, Size

if kernels.COMPILED:
    from inference_core.preprocess.jpeg import _jpeg

_WORTH_TWO_THREADS = 1_000_000
"""Bytes of a file from which on a second thread saves more than a millisecond."""

_BLOCK = 8
_XMP_ORIENTATION = re.compile(rb"""tiff:Orientation(?:=["']|>)([1-8])""")


def decode_baseline(
    data: bytes, specs: Sequence[OutputSpec], within: Box | None = None, threads: int = 1
) -> PlanarPhoto | None:
    """Decode a baseline JPEG; None where it is another decoder's (see `formats`), or the twin is selected.

    Args:
        data: The whole file.
        specs: The outputs that will be made from it.
        within: A box of the upright photo that they will not leave; no more is kept.
        threads: 2 lets a large photo take a second thread; the outputs are the same.

    Raises:
        ImageTooLarge: The header declares too many pixels.
    """
    if not kernels.COMPILED:
        return None
    header = _jpeg.Header(data)
    if header.status != 0 or header.icc_chunks > 1:
        return None
    check_size(header.size)
    orientation = Orientation(header.orientation or _xmp_orientation(data[header.xmp]))
    upright = orientation.swap(header.size)
    shrink = choose_shrink(upright, specs)
    luma, chroma = block_sizes(header.sampling, shrink, chroma_density(upright, specs))
    box = None if within is None else mapped_box(orientation.to_stored(upright), within, header.size)
    threads = threads if len(data) >= _WORTH_TWO_THREADS else 1
    planes = _jpeg.decode(data, header, luma, chroma, box, threads)
    profile = data[header.icc]
    to_srgb = srgb_transform(profile) if profile else None
    return PlanarPhoto(planes, orientation, header.size, shrink, planes.cut, to_srgb)


def block_sizes(sampling: Sequence[Size], shrink: int, wanted: float) -> tuple[int, int]:
    """Return the samples on a side of a luma and of a chroma block: 1, 2, 4 or 8.

    Args:
        sampling: Factors of each component.
        shrink: Full-size pixels along the side of a luma sample.
        wanted: Chroma samples per full-size pixel along a side that the outputs ask for.
    """
    ratios = [max(_ratios(factors, sampling)) for factors in sampling]
    chroma = max(ratios[1:], default=1.0) * min(wanted, 1 / shrink)
    return _least(ratios[0] / shrink), _least(chroma)


def _ratios(factors: Size, sampling: Sequence[Size]) -> tuple[float, float]:
    """Return how many pixels one sample of a component stands for, across and down."""
    across, down = (max(axis) for axis in zip(*sampling, strict=True))
    return across / factors[0], down / factors[1]


def _least(samples_per_pixel: float) -> int:
    return next((size for size in (1, 2, 4) if size >= _BLOCK * samples_per_pixel), _BLOCK)


def _xmp_orientation(packet: bytes) -> int:
    """Return what XMP says where EXIF says nothing; some editors write no other."""
    found = _XMP_ORIENTATION.search(packet)
    return int(found[1]) if found else Orientation.NORMAL
