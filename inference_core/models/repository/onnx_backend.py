"""A model of Triton's python backend that runs `model.onnx`, the file beside it, on one thread.

It is copied into the repository as `model.py` and runs in a process and an environment of its own, where
there are NumPy, ONNX Runtime and what Triton brings, and nothing else.
"""

import ctypes
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

CHECKSUM = "checksum"
"""The output that tells which pixels an answer is about, and what it says; it is no output of the graph."""


class TritonPythonModel:
    """One instance; as many run side by side as the configuration says, each in a process of its own."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the graph; whatever this raises makes the model unavailable, with the reason."""
        config = json.loads(args["model_config"])
        self._inputs = [tensor["name"] for tensor in config["input"]]
        names = (tensor["name"] for tensor in config["output"])
        self._outputs = [name for name in names if name != CHECKSUM]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin would take time from the instance that runs on the same core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = Path(args["model_repository"], args["model_version"], "model.onnx")
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer every request; where they fail together, each is tried alone: one fault fails one."""
        return self._answered(
            [{name: _taken(request, name) for name in self._inputs} for request in requests]
        )

    def _answered(self, feeds: list[dict[str, Any]]) -> list[Any]:
        try:
            return self._run(feeds)
        except Exception as error:
            # ONNX Runtime has no common base for its exceptions.
            if len(feeds) == 1:
                return [triton.InferenceResponse(error=triton.TritonError(str(error)))]
        return [response for feed in feeds for response in self._answered([feed])]

    def _run(self, feeds: list[dict[str, Any]]) -> list[Any]:
        first = self._inputs[0]
        ends = np.cumsum([len(feed[first]) for feed in feeds])
        batch = {name: _joined([feed[name] for feed in feeds]) for name in self._inputs}
        results = self._session.run(self._outputs, batch)
        results.append(_checksums(batch[first], results))
        starts = (0, *ends[:-1])
        return [self._response(results, start, end) for start, end in zip(starts, ends, strict=True)]

    def _response(self, results: list[Any], start: int, end: int) -> Any:
        pairs = zip((*self._outputs, CHECKSUM), results, strict=True)
        return triton.InferenceResponse([triton.Tensor(name, rows[start:end]) for name, rows in pairs])


def _joined(arrays: list[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _checksums(batch: Any, outputs: list[Any]) -> Any:
    sums = [0] * len(batch)
    for array in (batch, *outputs):
        sums = [zlib.crc32(row, told) for row, told in zip(np.ascontiguousarray(array), sums, strict=True)]
    return np.array(sums, np.int64)[:, np.newaxis]


def _taken(request: Any, name: str) -> Any:
    """Copy an input out of the memory that Triton shares with us, and leave no picture there.

    A copy at any rate: Triton may give the memory to the next request while this one is still running, and
    the checksum would then be that of pixels which nobody looked at. Blanked, for it may be long until
    another request comes, and the picture's owner may have taken all back by then. `as_numpy` would be a
    copy already; what DLPack lends is the memory itself.
    """
    shared = np.from_dlpack(triton.get_input_tensor_by_name(request, name))
    taken = shared.copy()
    ctypes.memset(shared.ctypes.data, 0, shared.nbytes)
    return taken
