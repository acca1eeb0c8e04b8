"""NVIDIA DALI on the CPU, one photo a batch."""

from __future__ import annotations

import numpy as np
from nvidia.dali import fn, pipeline_def, types
from nvidia.dali.pipeline import DataNode, Pipeline

from tests.bench.preprocessing.libraries.layout import Decoder, Outputs, on_canvas
from tests.bench.preprocessing.tasks import Task


def decoder(task: Task) -> Decoder:
    """Return a decoder around a pipeline; DALI decodes every pixel and turns photos upright itself."""
    pipeline = _pipeline(task)
    pipeline.build()

    def decode(data: bytes, _shrink: int) -> Outputs:
        pipeline.feed_input("photo", [np.frombuffer(data, np.uint8)])
        made = [np.array(output.at(0)) for output in pipeline.run()]
        return [made[0], *(on_canvas(whole, task.letterbox) for whole in made[1:])]

    return decode


def _pipeline(task: Task) -> Pipeline:
    @pipeline_def(  # type: ignore[untyped-decorator]
        batch_size=1, num_threads=1, device_id=None, prefetch_queue_depth=1, exec_async=False,
        exec_pipelined=False,
    )  # fmt: skip
    def graph() -> tuple[DataNode, ...]:
        data = fn.external_source(name="photo", dtype=types.UINT8, no_copy=True)
        photo = fn.decoders.image(data, device="cpu", output_type=types.RGB, use_fast_idct=True)
        resized = fn.resize(photo, resize_shorter=task.crop, interp_type=types.INTERP_TRIANGULAR)
        crop = fn.crop(resized, crop=(task.crop, task.crop))
        made = [fn.transpose(crop, perm=[2, 0, 1])]
        if task.letterbox:
            made.append(fn.resize(photo, resize_longer=task.letterbox, interp_type=types.INTERP_TRIANGULAR))
        return tuple(made)

    return graph()
