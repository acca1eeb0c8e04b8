"""A small writer of ONNX graphs: constants, nodes, and the operations that several networks share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper, version_converter

from inference_core.models.registry import Tensor

OPSET = 20
IR_VERSION = 9

_DTYPES = {
    "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
    "float32": TensorProto.FLOAT,
}


class Graph:
    """Collects nodes and weights; every method returns the name of the tensor that it adds.

    Attributes:
        name: The name of the graph.
        inputs: The declared inputs; their names can be given to the operations at once.
        outputs: The declared outputs; each needs one call of `output`.
    """

    def __init__(self, name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self.name = name
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def output(self, source: str, name: str) -> None:
        """Makes the tensor `source` the declared output `name`."""
        self._nodes.append(helper.make_node("Identity", [source], [name]))

    def constant(self, value: ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        """Adds a weight; the default type is float32."""
        name = f"{self.name}/constant_{len(self._constants)}"
        array = np.ascontiguousarray(np.asarray(value, dtype)).reshape(np.shape(value))
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        """Adds an int64 vector, as shapes, axes and paddings want it."""
        return self.constant(values, np.int64)

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node with one output."""
        return self.ops(kind, 1, *inputs, **attributes)[0]

    def ops(self, kind: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """Adds a node with several outputs."""
        names = [f"{self.name}/{kind}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def normalise(self, image: str, mean: ArrayLike, scale: ArrayLike, *, bgr: bool = False) -> str:
        """Turns uint8 [B,3,H,W] RGB into float32 `(image - mean) * scale`.

        Args:
            image: The uint8 tensor.
            mean: One number, or three in the order of the channels that come out.
            scale: As `mean`.
            bgr: Reverse the channels first.
        """
        if bgr:
            image = self.op("Gather", image, self.integers(2, 1, 0), axis=1)
        x = self.op("Cast", image, to=TensorProto.FLOAT)
        if np.any(np.asarray(mean)):
            x = self.op("Sub", x, self.constant(_per_channel(mean)))
        return self.op("Mul", x, self.constant(_per_channel(scale)))

    def conv(
        self,
        x: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        *,
        stride: int = 1,
        pads: tuple[int, int] = (0, 0),
        groups: int = 1,
    ) -> str:
        """Adds a 2-D convolution.

        Args:
            x: [B,C,H,W].
            weight: [out, C / groups, height, width].
            bias: [out].
            stride: For both axes.
            pads: Zeros before and after, for both axes.
            groups: C for a depthwise convolution.
        """
        return self.op(
            "Conv",
            x,
            self.constant(weight),
            self.constant(bias),
            kernel_shape=weight.shape[2:],
            strides=[stride, stride],
            pads=[pads[0], pads[0], pads[1], pads[1]],
            group=groups,
        )

    def unit_length(self, x: str) -> str:
        """Scales the vectors of [B,D] to length 1; a zero vector stays zero."""
        length = self.op("ReduceL2", x, self.integers(1), keepdims=1)
        return self.op("Div", x, self.op("Max", length, self.constant(1e-12)))

    def adopt(self, model: onnx.ModelProto, feeds: dict[str, str]) -> dict[str, str]:
        """Takes over the nodes and weights of a finished model.

        Args:
            model: Of any opset that onnx can convert to ours.
            feeds: Tensors of the model that tensors of this graph replace; nodes that made them are dropped.

        Returns:
            The model's output names, each with its name here.
        """
        graph = version_converter.convert_version(model, OPSET).graph
        nodes = [node for node in graph.node if node.output[0] not in feeds]
        used = {name for node in nodes for name in node.input}
        names = {name: f"{self.name}/{name}" for node in nodes for name in node.output} | feeds
        for weight in graph.initializer:
            if weight.name in used:
                array = numpy_helper.to_array(weight)
                names[weight.name] = self.constant(array, array.dtype.type)
        for node in nodes:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            inputs, outputs = ([names.get(i, i) for i in side] for side in (node.input, node.output))
            self._nodes.append(helper.make_node(node.op_type, inputs, outputs, **attributes))
        return {output.name: names[output.name] for output in graph.output}

    def model(self) -> onnx.ModelProto:
        """Returns the checked model.

        Raises:
            onnx.checker.ValidationError: The graph is not sound.
        """
        inputs, outputs = (
            [helper.make_tensor_value_info(t.name, _DTYPES[t.dtype], t.shape) for t in side]
            for side in (self.inputs, self.outputs)
        )
        graph = helper.make_graph(self._nodes, self.name, inputs, outputs, self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="storyroll",
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def _per_channel(value: ArrayLike) -> NDArray[np.float32]:
    return np.asarray(value, np.float32).reshape(-1, 1, 1)
