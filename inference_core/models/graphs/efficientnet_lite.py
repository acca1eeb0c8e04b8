"""EfficientNet-Lite: inverted bottlenecks with ReLU6, no squeeze-and-excitation.

Source: M. Tan, Q. Le, "EfficientNet" (2019); the Lite variants of TensorFlow's TPU models, whose stem, head
and first and last stages are not scaled. Batch normalisation is folded into the convolutions.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_core.models.graphs.family import Files, Writer
from inference_core.models.graphs.graph import Graph
from inference_core.models.torch_pickle import read_state_dict

_REPEATS = (1, 2, 2, 3, 3, 4, 1)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_EPSILON = 1e-3
_MEAN, _SCALE = 127.0, 1 / 128

_Weights = Mapping[str, NDArray[Any]]


def writer(depth: float) -> Writer:
    """Returns the writer of the variant whose inner stages are `depth` times as long."""

    def write(graph: Graph, files: Files) -> None:
        """Writes the network; `files` holds `weights`, a PyTorch state dict."""
        _Network(graph, read_state_dict(files["weights"])).write(_strides(depth))

    return write


def _strides(depth: float) -> list[int]:
    inner = [math.ceil(depth * repeats) for repeats in _REPEATS[1:-1]]
    repeats = [_REPEATS[0], *inner, _REPEATS[-1]]
    return [stride if i == 0 else 1 for stride, n in zip(_STRIDES, repeats, strict=True) for i in range(n)]


class _Network:
    """Writes layer by layer, and keeps the size of the map, on which TensorFlow's padding depends."""

    def __init__(self, graph: Graph, weights: _Weights) -> None:
        self._graph = graph
        self._weights = weights
        self._size = int(graph.inputs[0].shape[-1])

    def write(self, strides: list[int]) -> None:
        graph = self._graph
        x = graph.normalise("image", _MEAN, _SCALE)
        x = self._conv(x, "_conv_stem", "_bn0", stride=2)
        for i, stride in enumerate(strides):
            x = self._block(x, f"_blocks.{i}.", stride)
        x = self._conv(x, "_conv_head", "_bn1")
        embedding = graph.op("Flatten", graph.op("GlobalAveragePool", x))
        weight, bias = (graph.constant(self._weights[f"_fc.{part}"]) for part in ("weight", "bias"))
        graph.output(embedding, "embedding")
        graph.output(graph.op("Gemm", embedding, weight, bias, transB=1), "logits")

    def _block(self, x: str, prefix: str, stride: int) -> str:
        y = x
        if f"{prefix}_expand_conv.weight" in self._weights:
            y = self._conv(y, f"{prefix}_expand_conv", f"{prefix}_bn0")
        y = self._conv(y, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride=stride)
        y = self._conv(y, f"{prefix}_project_conv", f"{prefix}_bn2", activation=False)
        return self._graph.op("Add", x, y) if stride == 1 and self._keeps_width(prefix) else y

    def _keeps_width(self, prefix: str) -> bool:
        first = self._weights.get(
            f"{prefix}_expand_conv.weight", self._weights[f"{prefix}_depthwise_conv.weight"]
        )
        entering = first.shape[1] if f"{prefix}_expand_conv.weight" in self._weights else first.shape[0]
        return bool(entering == self._weights[f"{prefix}_project_conv.weight"].shape[0])

    def _conv(self, x: str, name: str, norm: str, *, stride: int = 1, activation: bool = True) -> str:
        weight, bias = self._folded(name, norm)
        groups = len(weight) if name.endswith("_depthwise_conv") else 1
        pads = self._same_padding(weight.shape[2], stride)
        x = self._graph.conv(x, weight, bias, stride=stride, pads=pads, groups=groups)
        if not activation:
            return x
        return self._graph.op("Clip", x, self._graph.constant(0.0), self._graph.constant(6.0))

    def _same_padding(self, kernel: int, stride: int) -> tuple[int, int]:
        out = math.ceil(self._size / stride)
        total = max((out - 1) * stride + kernel - self._size, 0)
        self._size = out
        return total // 2, total - total // 2

    def _folded(self, name: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        gamma, beta, mean, variance = (
            self._weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + _EPSILON)
        weight = self._weights[f"{name}.weight"] * scale[:, None, None, None]
        return weight.astype(np.float32), (beta - mean * scale).astype(np.float32)
