"""The kernels in use: compiled where they were built, else their Python twin.

STORYROLL_KERNELS=python selects the twin, to compare or to debug: resize and warp of NumPy and
Pillow, and libjpeg-turbo through Pillow for every JPEG.
"""

from __future__ import annotations

import os

from inference_core.preprocess import _kernels_py

COMPILED = False
if os.environ.get("STORYROLL_KERNELS") != "python":
    try:
        from inference_core.preprocess import _kernels
    except ImportError:
        pass
    else:
        COMPILED = True

resize_into = _kernels.resize_into if COMPILED else _kernels_py.resize_into
warp_into = _kernels.warp_into if COMPILED else _kernels_py.warp_into

laplacian_variances = _kernels.laplacian_variances if COMPILED else _kernels_py.laplacian_variances
histogram = _kernels.histogram if COMPILED else _kernels_py.histogram

__all__ = ["COMPILED", "histogram", "laplacian_variances", "resize_into", "warp_into"]
