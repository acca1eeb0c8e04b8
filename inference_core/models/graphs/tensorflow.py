"""Turns the part of a TensorFlow.js graph that leads to given tensors into ONNX nodes.

TensorFlow's pictures have their channels last, ONNX's first. Instead of transposing back and forth, each
tensor is kept as it is stored, with the permutation that TensorFlow sees it through; a TensorFlow transpose
then only changes the permutation, and no node is written for it. In the same way a padding waits for the
convolution that takes it. Only the operations that the packaged networks use are known.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_core.models.errors import UnreadableWeights
from inference_core.models.graphs.graph import Graph
from inference_core.models.tfjs import read_manifest, read_weights

_CHANNELS_LAST = (0, 2, 3, 1)
"""What TensorFlow sees of a picture that is stored with its channels first."""

_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor in two worlds.

    Attributes:
        name: Of the stored tensor.
        axes: Axis i of TensorFlow's tensor is axis `axes[i]` of the stored one.
        pads: Rows and columns that TensorFlow has already added around the picture: top, left, bottom, right.
        fill: What these hold.
    """

    name: str
    axes: tuple[int, ...]
    pads: tuple[int, ...] = (0, 0, 0, 0)
    fill: float = 0.0


class Importer:
    """Writes nodes on demand, each once."""

    def __init__(self, graph: Graph, topology: bytes, weights: bytes, feeds: Mapping[str, Value]) -> None:
        model = read_manifest(topology)
        self._graph = graph
        self._nodes: dict[str, _Node] = {node["name"]: node for node in model["modelTopology"]["node"]}
        self._weights = read_weights(model["weightsManifest"], weights)
        self._values = dict(feeds)
        self._writers: dict[str, Callable[[_Node], Value]] = {
            "_FusedConv2D": self._fused_convolution,
            "Conv2D": self._convolution,
            "DepthwiseConv2dNative": self._convolution,
            "MaxPool": self._max_pool,
            "Pad": self._pad,
            "PadV2": self._pad,
            "Transpose": self._transpose,
            "ResizeBilinear": self._resize,
            "ConcatV2": self._concatenation,
            "Mean": self._mean,
            "Add": self._sum,
            "AddV2": self._sum,
            "LeakyRelu": self._activation,
            "Prelu": self._prelu,
            "Relu": self._activation,
            "Softmax": self._activation,
        }

    def value(self, name: str) -> Value:
        """Returns TensorFlow's tensor `name`, written with everything that it is made of.

        Raises:
            UnreadableWeights: It needs an operation that is not known, or uses one in a way that is not.
        """
        if name not in self._values:
            node = self._nodes[name]
            if node["op"] not in self._writers:
                raise UnreadableWeights(f"The graph uses {node['op']}, which this importer does not know.")
            self._values[name] = self._writers[node["op"]](node)
        return self._values[name]

    def _picture(self, name: str, fill: float) -> Value:
        """A value with its channels last, in TensorFlow's eyes, and padded with nothing but `fill`."""
        value = self.value(name)
        if value.axes != _CHANNELS_LAST or (any(value.pads) and value.fill != fill):
            raise UnreadableWeights(
                f"{name} is laid out or padded in a way that the next operation cannot take."
            )
        return value

    def _plain(self, name: str, axes: tuple[int, ...] | None = None) -> Value:
        """A value without padding, and stored as `axes` says."""
        value = self.value(name)
        if any(value.pads) or (axes and value.axes != axes):
            raise UnreadableWeights(
                f"{name} is laid out or padded in a way that the next operation cannot take."
            )
        return value

    def _fused_convolution(self, node: _Node) -> Value:
        _, _, bias, *slopes = node["input"]
        value = self._convolution(node, self._weights[bias])
        fused = [base64.b64decode(op).decode() for op in node["attr"]["fused_ops"]["list"]["s"]]
        match fused:
            case ["BiasAdd"]:
                return value
            case ["BiasAdd", "Relu"]:
                return replace(value, name=self._graph.op("Relu", value.name))
            case ["BiasAdd", "Prelu"]:
                return self._sloped(value, slopes[0])
        raise UnreadableWeights(
            f"The graph fuses {fused} into a convolution, which this importer does not know."
        )

    def _convolution(self, node: _Node, bias: NDArray[np.float32] | None = None) -> Value:
        source, kernel = node["input"][:2]
        x = self._picture(source, fill=0.0)
        weight = self._weights[kernel].transpose(3, 2, 0, 1)
        groups = 1
        if node["op"].startswith("Depthwise"):
            weight, groups = weight.transpose(1, 0, 2, 3), weight.shape[1]
        name = self._graph.op(
            "Conv",
            x.name,
            self._graph.constant(weight),
            self._graph.constant(np.zeros(len(weight)) if bias is None else bias),
            kernel_shape=weight.shape[2:],
            group=groups,
            **_window(node, x),
        )
        return Value(name, _CHANNELS_LAST)

    def _max_pool(self, node: _Node) -> Value:
        x = self._picture(node["input"][0], fill=-np.inf)
        kernel = [int(i) for i in node["attr"]["ksize"]["list"]["i"]][1:3]
        return Value(
            self._graph.op("MaxPool", x.name, kernel_shape=kernel, **_window(node, x)), _CHANNELS_LAST
        )

    def _pad(self, node: _Node) -> Value:
        source, amounts, *fill = node["input"]
        x = self._plain(source)
        stored = np.zeros((4, 2), int)
        stored[list(x.axes)] = self._weights[amounts]
        value = float(self._weights[fill[0]]) if fill else 0.0
        if stored[:2].any():
            # Channels that are added are read by whatever comes next, so they cannot wait for a convolution.
            amounts_in_order = self._graph.integers(*stored.T.ravel().tolist())
            name = self._graph.op("Pad", x.name, amounts_in_order, self._graph.constant(value))
            return replace(x, name=name)
        (top, bottom), (left, right) = stored[2:].tolist()
        return replace(x, pads=(top, left, bottom, right), fill=value)

    def _transpose(self, node: _Node) -> Value:
        x = self.value(node["input"][0])
        return replace(x, axes=tuple(x.axes[i] for i in self._weights[node["input"][1]]))

    def _resize(self, node: _Node) -> Value:
        x = self._plain(node["input"][0], _CHANNELS_LAST)
        size = self._graph.integers(*self._weights[node["input"][1]].tolist())
        name = self._graph.op(
            "Resize",
            x.name,
            "",
            "",
            size,
            mode="linear",
            axes=[2, 3],
            coordinate_transformation_mode="half_pixel",
        )
        return replace(x, name=name)

    def _concatenation(self, node: _Node) -> Value:
        source, *others, axis = node["input"]
        first = self._plain(source)
        names = [first.name, *(self._plain(other, first.axes).name for other in others)]
        return replace(
            first, name=self._graph.op("Concat", *names, axis=first.axes[int(self._weights[axis])])
        )

    def _mean(self, node: _Node) -> Value:
        x = self._plain(node["input"][0])
        reduced = {x.axes[i] for i in self._weights[node["input"][1]].tolist()}
        name = self._graph.op("ReduceMean", x.name, self._graph.integers(*sorted(reduced)), keepdims=0)
        kept = [axis for axis in x.axes if axis not in reduced]
        return Value(name, tuple(sorted(kept).index(axis) for axis in kept))

    def _sum(self, node: _Node) -> Value:
        left, right = node["input"]
        x = self._plain(left)
        if right not in self._weights:
            return replace(x, name=self._graph.op("Add", x.name, self._plain(right, x.axes).name))
        term = self._weights[right]
        term = term.reshape((1,) * (len(x.axes) - term.ndim) + term.shape)
        stored = term.transpose(np.argsort(x.axes))
        return replace(x, name=self._graph.op("Add", x.name, self._graph.constant(stored)))

    def _prelu(self, node: _Node) -> Value:
        source, slopes = node["input"]
        return self._sloped(self._plain(source, _CHANNELS_LAST), slopes)

    def _sloped(self, x: Value, slopes: str) -> Value:
        """A rectifier that keeps a learnt share of what is below zero, another one of each channel.

        It is written as sums of channels, which ONNX Runtime lays out as convolutions around them. Its own
        PRelu takes three times as long as the whole rest of a network that has one behind each convolution.
        """
        share = self._weights[slopes].reshape(self._weights[slopes].shape[-1], 1, 1, 1)
        none = np.zeros(len(share), np.float32)
        bent = self._graph.conv(self._graph.op("Relu", x.name), 1 - share, none, groups=len(share))
        straight = self._graph.conv(x.name, share, none, groups=len(share))
        return Value(self._graph.op("Add", bent, straight), _CHANNELS_LAST)

    def _activation(self, node: _Node) -> Value:
        x = self._plain(node["input"][0])
        attributes = {"alpha": float(node["attr"]["alpha"]["f"])} if node["op"] == "LeakyRelu" else {}
        return replace(x, name=self._graph.op(node["op"], x.name, **attributes))


def _window(node: _Node, x: Value) -> dict[str, Any]:
    """The strides and the padding of a convolution or a pooling."""
    strides = [int(i) for i in node["attr"]["strides"]["list"]["i"]][1:3]
    if base64.b64decode(node["attr"]["padding"]["s"]) == b"SAME":
        return {"strides": strides, "auto_pad": "SAME_UPPER"}
    return {"strides": strides, "pads": list(x.pads)}
