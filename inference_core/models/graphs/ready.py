"""A network that is an ONNX file already and keeps the contract of its registry entry.

This is how a model by URL is added.
"""

import onnx

from inference_core.models.errors import UnreadableWeights
from inference_core.models.graphs.family import Files
from inference_core.models.graphs.graph import Graph


def write(graph: Graph, files: Files) -> None:
    """Takes the network over; `files` holds `weights`, an ONNX file with the declared inputs and outputs.

    Raises:
        UnreadableWeights: The names differ.
    """
    outputs = graph.adopt(onnx.load_from_string(files["weights"]), {})
    for tensor in graph.outputs:
        if tensor.name not in outputs:
            raise UnreadableWeights(
                f"The ONNX file of {graph.name} has no output {tensor.name}; it has {[*outputs]}."
            )
        graph.output(outputs[tensor.name], tensor.name)
