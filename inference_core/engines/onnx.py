"""ONNX Runtime in this process.

Design note: every batch runs on one thread, and as many run at a time as there are cores. On a CPU
this beats one batch on all cores (no synchronisation inside small layers), and spinning threads
would only take time from decoding.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from inference_core.cores import available_cores
from inference_core.engines.engine import Array, Outputs
from inference_core.engines.slots import Slots
from inference_core.errors import EngineUnavailable, InferenceFailed
from inference_core.preprocess.spec import Tensor

if TYPE_CHECKING:
    import onnxruntime


class OnnxEngine:
    """Runs ONNX graphs with one image input; a session is made when its model is first needed.

    Args:
        models: Names of the models.
        locate: Gives the file of a model; whatever it raises means that the model is unavailable.
        threads: How many batches may run at a time; by default one for each core.
    """

    def __init__(
        self, models: Iterable[str], locate: Callable[[str], Path], threads: int | None = None
    ) -> None:
        self._models = frozenset(models)
        self._locate = locate
        self._parallelism = threads or available_cores()
        self._threads = ThreadPoolExecutor(self._parallelism, thread_name_prefix="onnx")
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._loading = threading.Lock()
        self._slots = Slots()

    @property
    def models(self) -> frozenset[str]:
        """See `Engine.models`."""
        return self._models

    @property
    def parallelism(self) -> int:
        """See `Engine.parallelism`."""
        return self._parallelism

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        """See `Engine.lease`."""
        return self._slots.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        """See `Engine.infer`."""
        if model not in self._models:
            raise EngineUnavailable(f"there is no model {model!r} in this engine")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, model, batch)

    async def close(self) -> None:
        """See `Engine.close`."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        self._sessions.clear()

    def _run(self, model: str, batch: Array) -> Outputs:
        session = self._session(model)
        names = [output.name for output in session.get_outputs()]
        try:
            arrays = session.run(names, {session.get_inputs()[0].name: batch})
        except Exception as error:
            # ONNX Runtime has no common base for its exceptions.
            raise InferenceFailed(f"the model {model} failed: {error}") from error
        return dict(zip(names, arrays, strict=True))

    def _session(self, model: str) -> onnxruntime.InferenceSession:
        with self._loading:
            if model not in self._sessions:
                self._sessions[model] = self._load(model)
            return self._sessions[model]

    def _load(self, model: str) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            path = self._locate(model)
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EngineUnavailable(str(error)) from error
