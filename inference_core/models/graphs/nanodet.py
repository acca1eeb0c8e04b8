"""NanoDet-g: an anchor-free detector of the 80 COCO classes.

Each place of the maps of stride 8, 16 and 32 has 80 class scores and, for each side of a box, eleven logits:
how likely the side is 0, 1, … 10 strides away (the distribution of generalised focal loss). The graph ends
with scores and boxes in pixels. Source: RangiLyu, NanoDet.
"""

import numpy as np
from numpy.typing import NDArray

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph
from inference_core.models.graphs.tensorflow import Importer, Value

_MEAN_BGR = (103.53, 116.28, 123.675)
_STD_BGR = (57.375, 57.12, 58.395)
_HEADS = {
    8: "PartitionedCall/transpose_99",
    16: "PartitionedCall/transpose_105",
    32: "PartitionedCall/transpose_111",
}
_CLASSES = 80
_SIDES = 4
_BINS = 11


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `topology` and `weights` of TensorFlow.js."""
    image = graph.normalise("image", _MEAN_BGR, 1 / np.array(_STD_BGR), bgr=True)
    importer = Importer(graph, files["topology"], files["weights"], {"input_1": Value(image, (0, 1, 2, 3))})
    width = _CLASSES + _SIDES * _BINS
    maps = [
        graph.op("Reshape", importer.value(head).name, graph.integers(0, width, -1))
        for head in _HEADS.values()
    ]
    places = graph.op("Transpose", graph.op("Concat", *maps, axis=2), perm=[0, 2, 1])
    logits, sides = graph.ops("Split", 2, places, graph.integers(_CLASSES, _SIDES * _BINS), axis=2)
    graph.output(graph.op("Sigmoid", logits), "scores")
    graph.output(_boxes(graph, sides), "boxes")


def _boxes(graph: Graph, sides: str) -> str:
    """[B,3549,44] distance logits → [B,3549,4] left, top, right, bottom."""
    bins = graph.op("Reshape", sides, graph.integers(0, -1, _SIDES, _BINS))
    expected = graph.op(
        "MatMul", graph.op("Softmax", bins, axis=3), graph.constant(np.arange(_BINS)[:, None])
    )
    distances = graph.op("Reshape", expected, graph.integers(0, -1, _SIDES))
    centres, strides = _grid(int(graph.inputs[0].shape[-1]))
    towards = strides * np.array([-1, -1, 1, 1])
    return graph.op("Add", graph.constant(centres), graph.op("Mul", distances, graph.constant(towards)))


def _grid(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The centre of every place as (x, y, x, y), and its stride, both with one row a place."""
    centres, strides = [], []
    for stride in _HEADS:
        steps = (np.arange(size // stride) + 0.5) * stride
        y, x = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
        centres.append(np.stack([x, y, x, y], axis=1))
        strides.append(np.full((len(x), 1), float(stride)))
    return np.concatenate(centres), np.concatenate(strides)
