"""CenterFace: faces with five landmarks, on a map of stride 4.

The packaged graph, with a dynamic size and uint8 in.
"""

import onnx

from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph

_OUTPUTS = {"537": "heatmap", "538": "scale", "539": "offset", "540": "landmarks"}


def write(graph: Graph, files: Files) -> None:
    """Writes the network; `files` holds `weights`, an ONNX file that takes RGB in 0..255."""
    model = onnx.load_from_string(files["weights"])
    image = graph.op("Cast", "image", to=onnx.TensorProto.FLOAT)
    for theirs, tensor in graph.adopt(model, {"input.1": image}).items():
        graph.output(tensor, _OUTPUTS[theirs])
