"""The contours of both eyes: MediaPipe's iris network, without its branch for the iris.

It has learnt from eyes of one side of the face; those of the other side are shown to it mirrored.
"""

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph
from inference_core.models.graphs.tensorflow import Importer, Value

_CONTOURS = "StatefulPartitionedCall/model/conv_eyes_contours_and_brows/BiasAdd"
_POINTS = 71
"""Points of the contours, (x, y, depth) in pixels each: 16 along the lids, then others up to the brow."""
_LIDS = 16
_EYES = 2


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `topology` and `weights` of TensorFlow.js."""
    channels, height, width = map(int, graph.inputs[0].shape[1:])
    each = graph.op("Reshape", "image", graph.integers(-1, channels // _EYES, height, width))
    feeds = {"input_1": Value(graph.normalise(each, 0.0, 1 / 255), (0, 2, 3, 1))}
    contours = Importer(graph, files["topology"], files["weights"], feeds).value(_CONTOURS)
    points = graph.op("Reshape", contours.name, graph.integers(-1, _EYES, _POINTS, 3))
    lids = graph.op("Slice", points, graph.integers(0, 0), graph.integers(_LIDS, 2), graph.integers(2, 3))
    graph.output(lids, "lids")
