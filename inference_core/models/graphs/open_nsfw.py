"""OpenNSFW: a ResNet-50 of Yahoo's. The packaged graph, with channels first and uint8 in."""

import onnx

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph

_MEAN_BGR = (104.0, 117.0, 123.0)
_CHANNELS_FIRST = "conv_1/Conv2D__7:0"


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `weights`, an ONNX file that takes BGR minus the mean."""
    model = onnx.load_from_string(files["weights"])
    image = graph.normalise("image", _MEAN_BGR, 1.0, bgr=True)
    outputs = graph.adopt(model, {_CHANNELS_FIRST: image})
    graph.output(outputs["outputs"], "probabilities")
