"""The importer of TensorFlow.js graphs, on small graphs whose answers NumPy gives."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from inference_core.models.errors import UnreadableWeights
from inference_core.models.graphs.graph import Graph
from inference_core.models.graphs.tensorflow import Importer, Value
from inference_core.models.registry import Tensor

RANDOM = np.random.default_rng(11)
PICTURE = RANDOM.normal(size=(2, 6, 5, 3)).astype(np.float32)
KERNEL = RANDOM.normal(size=(3, 3, 3, 4)).astype(np.float32)
BIAS = RANDOM.normal(size=4).astype(np.float32)


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def node(op: str, name: str, *inputs: str, **attr: Any) -> dict[str, Any]:
    return {"op": op, "name": name, "input": list(inputs), "attr": attr}


def window(padding: str, stride: int = 1) -> dict[str, Any]:
    return {"padding": text(padding), "strides": {"list": {"i": ["1", str(stride), str(stride), "1"]}}}


def run(
    nodes: list[dict[str, Any]], weights: dict[str, np.ndarray], picture: np.ndarray = PICTURE
) -> np.ndarray:
    """Imports the last node of a graph whose picture `x` is stored with its channels first."""
    manifest = [
        {"name": name, "shape": list(array.shape), "dtype": array.dtype.name}
        for name, array in weights.items()
    ]
    topology = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": manifest}]}
    data = b"".join(array.tobytes() for array in weights.values())
    graph = Graph(
        "test", [Tensor("x", "float32", ("B", "C", "H", "W"))], [Tensor("y", "float32", ("a", "b", "c", "d"))]
    )
    importer = Importer(graph, json.dumps(topology).encode(), data, {"x": Value("x", (0, 2, 3, 1))})
    value = importer.value(nodes[-1]["name"])
    graph.output(value.name, "y")
    session = ort.InferenceSession(graph.model().SerializeToString())
    (stored,) = session.run(None, {"x": np.ascontiguousarray(picture.transpose(0, 3, 1, 2))})
    return stored.transpose(value.axes)


def convolved(picture: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """A valid convolution of [B,H,W,in] with [h,w,in,out]."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape[:2], axis=(1, 2))
    return np.einsum("bijchw,hwco->bijo", windows[:, ::stride, ::stride], kernel)


def assert_equal(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_valid_convolution_with_a_bias():
    nodes = [node("Conv2D", "c", "x", "k", **window("VALID", 2)), node("Add", "y", "c", "b")]
    assert_equal(run(nodes, {"k": KERNEL, "b": BIAS}), convolved(PICTURE, KERNEL, 2) + BIAS)


@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_puts_the_odd_row_last(stride):
    picture = PICTURE[:, :6, :5]
    rows, columns = ((-(-size // stride) - 1) * stride + 3 - size for size in (6, 5))
    padded = np.pad(
        picture, ((0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
    )
    nodes = [node("Conv2D", "y", "x", "k", **window("SAME", stride))]
    assert_equal(run(nodes, {"k": KERNEL}, picture), convolved(padded, KERNEL, stride))


def test_a_fused_convolution():
    fused = {"fused_ops": {"list": {"s": [text("BiasAdd")["s"], text("Relu")["s"]]}}}
    nodes = [node("_FusedConv2D", "y", "x", "k", "b", **window("VALID"), **fused)]
    assert_equal(run(nodes, {"k": KERNEL, "b": BIAS}), np.maximum(convolved(PICTURE, KERNEL) + BIAS, 0))


def test_slopes_below_zero_alone_and_fused():
    slopes = BIAS.reshape(1, 1, 4)
    fused = {"fused_ops": {"list": {"s": [text("BiasAdd")["s"], text("Prelu")["s"]]}}}
    nodes = [
        node("_FusedConv2D", "c", "x", "k", "b", "s", **window("VALID"), **fused),
        node("AddV2", "d", "c", "b"),
        node("Prelu", "y", "d", "s"),
    ]

    def sloped(x: np.ndarray) -> np.ndarray:
        return np.where(x < 0, x * slopes, x)

    once = sloped(convolved(PICTURE, KERNEL) + BIAS)
    assert_equal(run(nodes, {"k": KERNEL, "b": BIAS, "s": slopes}), sloped(once + BIAS))


def test_padded_channels_are_there_at_once():
    nodes = [node("Pad", "p", "x", "a"), node("Relu", "y", "p")]
    amounts = np.array([[0, 0], [0, 0], [0, 0], [0, 5]], np.int32)
    assert_equal(run(nodes, {"a": amounts}), np.maximum(np.pad(PICTURE, amounts), 0))


def test_a_depthwise_convolution():
    kernel = KERNEL[..., :1]
    nodes = [node("DepthwiseConv2dNative", "y", "x", "k", **window("VALID"))]
    each = [convolved(PICTURE[..., i : i + 1], kernel[:, :, i : i + 1]) for i in range(3)]
    assert_equal(run(nodes, {"k": kernel}), np.concatenate(each, axis=3))


def test_a_padding_seen_through_a_transpose_reaches_the_convolution():
    first, last = (np.array(order, np.int32) for order in ([0, 3, 1, 2], [0, 2, 3, 1]))
    amounts = np.array([[0, 0], [0, 0], [1, 0], [2, 1]], np.int32)
    nodes = [
        node("Transpose", "t", "x", "first"),
        node("Pad", "p", "t", "amounts"),
        node("Transpose", "u", "p", "last"),
        node("Conv2D", "y", "u", "k", **window("VALID")),
    ]
    padded = np.pad(PICTURE, ((0, 0), (1, 0), (2, 1), (0, 0)))
    assert_equal(
        run(nodes, {"first": first, "amounts": amounts, "last": last, "k": KERNEL}), convolved(padded, KERNEL)
    )


def test_a_bias_seen_through_a_transpose():
    weights = {"first": np.array([0, 3, 1, 2], np.int32), "b": BIAS[:3].reshape(1, 3, 1, 1)}
    nodes = [node("Transpose", "t", "x", "first"), node("AddV2", "y", "t", "b")]
    assert_equal(run(nodes, weights), PICTURE.transpose(0, 3, 1, 2) + weights["b"])


def test_a_concatenation_of_channels():
    nodes = [node("Relu", "r", "x"), node("ConcatV2", "y", "x", "r", "axis")]
    expected = np.concatenate([PICTURE, np.maximum(PICTURE, 0)], axis=3)
    assert_equal(run(nodes, {"axis": np.array(3, np.int32)}), expected)


def test_bilinear_scaling_by_half_pixels():
    nodes = [node("ResizeBilinear", "y", "x", "size")]
    small = np.array([3, 5], np.int32)
    assert_equal(run(nodes, {"size": small}), (PICTURE[:, 0::2] + PICTURE[:, 1::2]) / 2)


@pytest.mark.parametrize(
    ("nodes", "weights"),
    [
        ([node("Einsum", "y", "x")], {}),
        (
            [node("Pad", "p", "x", "a"), node("Relu", "y", "p")],
            {"a": np.array([[0, 0], [1, 1], [0, 0], [0, 0]], np.int32)},
        ),
        (
            [node("_FusedConv2D", "y", "x", "k", "b", **window("VALID"), fused_ops={"list": {"s": []}})],
            {"k": KERNEL, "b": BIAS},
        ),
        (
            [node("Transpose", "t", "x", "p"), node("Conv2D", "y", "t", "k", **window("VALID"))],
            {"p": np.array([0, 3, 1, 2], np.int32), "k": KERNEL},
        ),
    ],
    ids=["unknown operation", "padding that nobody takes", "fused with nothing known", "channels first"],
)
def test_what_the_importer_does_not_know_is_refused(nodes, weights):
    with pytest.raises(UnreadableWeights):
        run(nodes, weights)
