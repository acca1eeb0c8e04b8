"""The expression of a face: a small network of separable convolutions on grey pictures of 64×64."""

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph
from inference_core.models.graphs.tensorflow import Importer, Value

_LUMA = (0.299, 0.587, 0.114)
"""Rec. 601, as the pictures were made grey that the network has learnt from."""


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `topology` and `weights` of TensorFlow.js."""
    shares = graph.constant([[[[share]] for share in _LUMA]])
    grey = graph.op("Conv", graph.normalise("image", 127.5, 1 / 127.5), shares)
    feeds = {"input_1": Value(grey, (0, 2, 3, 1))}
    importer = Importer(graph, files["topology"], files["weights"], feeds)
    graph.output(importer.value("StatefulPartitionedCall/model_1/predictions/Softmax").name, "probabilities")
