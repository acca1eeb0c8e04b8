"""Proof that an answer is whole, and belongs to its request.

Triton's python backend gives a model's process up after a second of silence; a machine that stands still is
enough. What the process then still says is taken for the answer to the next request, or lies where the next
one is being written. So a request may get the answer to another one, or noise, with status OK: one owner's
photo would get another's faces. Our python models therefore also tell a checksum of the pixels that they saw
and of what they say about them, and the caller computes it from what it sent and what it got.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inference_core.models.registry import Tensor

Array = npt.NDArray[Any]

CHECKSUM = Tensor("checksum", "int64", ("B", 1))
"""The output that models of the python backend have beside those of the registry."""


def checksums(batch: Array, outputs: Sequence[Array]) -> npt.NDArray[np.int64]:
    """Return the CRC-32 of every item's bytes, followed by those of its outputs in the registry's order.

    Args:
        batch: [B, ...].
        outputs: [B, ...] each.

    Returns:
        int64 [B, 1].
    """
    sums = [0] * len(batch)
    for array in (batch, *outputs):
        sums = [zlib.crc32(row, told) for row, told in zip(np.ascontiguousarray(array), sums, strict=True)]
    return np.array(sums, np.int64)[:, np.newaxis]
