"""MiniLM-L6: a BERT of six layers, mean-pooled to a sentence vector of length 1.

Source: sentence-transformers' all-MiniLM-L6-v2.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from safetensors.numpy import load

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph

_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_MASKED = -1e9


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `weights` as safetensors."""
    _Network(graph, load(files["weights"])).write()


class _Network:
    def __init__(self, graph: Graph, weights: Mapping[str, NDArray[Any]]) -> None:
        self._graph = graph
        self._weights = weights
        self._width = weights["embeddings.word_embeddings.weight"].shape[1]

    def write(self) -> None:
        graph = self._graph
        mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        absent = graph.op("Sub", graph.constant(1.0), graph.op("Unsqueeze", mask, graph.integers(1, 2)))
        bias = graph.op("Mul", absent, graph.constant(_MASKED))
        x = self._embeddings()
        for layer in range(_LAYERS):
            x = self._layer(x, bias, f"encoder.layer.{layer}")
        graph.output(graph.unit_length(self._mean(x, mask)), "embedding")

    def _embeddings(self) -> str:
        """Words, plus positions, plus the type of the only segment."""
        graph = self._graph
        words = graph.op(
            "Gather", graph.constant(self._weights["embeddings.word_embeddings.weight"]), "input_ids"
        )
        places = (
            self._weights["embeddings.position_embeddings.weight"]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        count = graph.op("Shape", "input_ids", start=1, end=2)
        first = graph.op("Slice", graph.constant(places), graph.integers(0), count, graph.integers(0))
        return self._norm(graph.op("Add", words, first), "embeddings.LayerNorm")

    def _layer(self, x: str, bias: str, prefix: str) -> str:
        graph = self._graph
        attended = self._linear(
            self._attention(x, bias, f"{prefix}.attention.self"), f"{prefix}.attention.output.dense"
        )
        x = self._norm(graph.op("Add", x, attended), f"{prefix}.attention.output.LayerNorm")
        inner = graph.op("Gelu", self._linear(x, f"{prefix}.intermediate.dense"))
        return self._norm(
            graph.op("Add", x, self._linear(inner, f"{prefix}.output.dense")), f"{prefix}.output.LayerNorm"
        )

    def _attention(self, x: str, bias: str, prefix: str) -> str:
        graph = self._graph
        query, value = (self._heads(x, f"{prefix}.{part}", [0, 2, 1, 3]) for part in ("query", "value"))
        key = self._heads(x, f"{prefix}.key", [0, 2, 3, 1])
        scale = graph.constant(1 / np.sqrt(self._width // _HEADS))
        scores = graph.op("Add", graph.op("Mul", graph.op("MatMul", query, key), scale), bias)
        mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
        together = graph.op("Transpose", mixed, perm=[0, 2, 1, 3])
        return graph.op("Reshape", together, graph.integers(0, 0, self._width))

    def _heads(self, x: str, name: str, order: list[int]) -> str:
        """[B,T,D] → [B,T,heads,D / heads], its axes then in the given order."""
        graph = self._graph
        split = graph.op(
            "Reshape", self._linear(x, name), graph.integers(0, 0, _HEADS, self._width // _HEADS)
        )
        return graph.op("Transpose", split, perm=order)

    def _linear(self, x: str, name: str) -> str:
        weight = self._graph.constant(self._weights[f"{name}.weight"].T)
        return self._graph.op(
            "Add", self._graph.op("MatMul", x, weight), self._graph.constant(self._weights[f"{name}.bias"])
        )

    def _norm(self, x: str, name: str) -> str:
        scale, bias = (self._graph.constant(self._weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self._graph.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=_EPSILON)

    def _mean(self, x: str, mask: str) -> str:
        """[B,T,D] and [B,T] → the mean of the present tokens, [B,D]."""
        graph = self._graph
        total = graph.op("MatMul", graph.op("Unsqueeze", mask, graph.integers(1)), x)
        count = graph.op("ReduceSum", mask, graph.integers(1), keepdims=1)
        return graph.op("Div", graph.op("Squeeze", total, graph.integers(1)), count)
