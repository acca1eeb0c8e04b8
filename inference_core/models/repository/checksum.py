"""Proof that an answer belongs to its request.

Triton's python backend may give a request the answer to another one, with status OK: it gives a model's
process up after a second of silence (a machine that stands still is enough), and what the process then still
says is taken for the answer to the next request. One owner's photo would get another's faces. So our python
models also tell the checksum of the very pixels that they saw, and the caller compares it with what it sent.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from inference_core.models.registry import Tensor

CHECKSUM = Tensor("checksum", "int64", ("B", 1))
"""The output that models of the python backend have beside those of the registry."""


def checksums(batch: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the CRC-32 of every item's bytes: int64 [B, 1]."""
    return np.array([[zlib.crc32(item)] for item in np.ascontiguousarray(batch)], np.int64)
