"""Reads TensorFlow.js weights: a JSON manifest beside raw, maybe quantized, bytes."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_core.models.errors import UnreadableWeights


def read_weights(manifest: Sequence[dict[str, Any]], data: bytes) -> dict[str, NDArray[Any]]:
    """Reads all tensors of a manifest.

    Args:
        manifest: Groups of weights, in the order of the bytes.
        data: All groups' files, one after the other.

    Returns:
        Tensors by name: float32, or int32 where the manifest says so; quantized ones expanded.

    Raises:
        UnreadableWeights: The bytes are more or fewer than the manifest says.
    """
    weights: dict[str, NDArray[Any]] = {}
    offset = 0
    try:
        for entry in (entry for group in manifest for entry in group["weights"]):
            quantization = entry.get("quantization", {})
            stored = np.dtype(quantization.get("dtype", entry["dtype"])).newbyteorder("<")
            raw = np.frombuffer(data, stored, int(np.prod(entry["shape"])), offset)
            offset += raw.nbytes
            weights[entry["name"]] = _expanded(raw, entry["dtype"], quantization).reshape(entry["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableWeights(f"The TensorFlow.js weights do not fit their manifest ({error}).") from error
    if offset != len(data):
        raise UnreadableWeights(
            f"The TensorFlow.js weights have {len(data)} bytes; the manifest says {offset}."
        )
    return weights


def read_manifest(text: bytes) -> Any:
    """Parses a manifest or a topology.

    Raises:
        UnreadableWeights: It is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableWeights(f"The TensorFlow.js manifest is not JSON ({error}).") from error


def _expanded(raw: NDArray[Any], dtype: str, quantization: dict[str, Any]) -> NDArray[Any]:
    values = raw.astype(dtype)
    if "scale" in quantization:
        values = values * np.float32(quantization["scale"]) + np.float32(quantization["min"])
    return values
