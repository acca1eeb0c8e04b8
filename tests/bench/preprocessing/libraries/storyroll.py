"""This project's own preprocessing."""

from __future__ import annotations

from inference_core.preprocess import CenterCrop, Letterbox, OutputSpec, preprocess
from tests.bench.preprocessing.libraries.layout import Decoder, Outputs
from tests.bench.preprocessing.tasks import Task


def specs(task: Task) -> tuple[OutputSpec, ...]:
    """Return the outputs of a task as `inference_core` calls them."""
    crop = OutputSpec(task.crop, task.crop, CenterCrop())
    if not task.letterbox:
        return (crop,)
    return crop, OutputSpec(task.letterbox, task.letterbox, Letterbox())


def decoder(task: Task) -> Decoder:
    """Return preprocessing as a model sees it; it chooses its shrink itself."""
    wanted = specs(task)

    def decode(data: bytes, _shrink: int) -> Outputs:
        return list(preprocess(data, wanted).tensors)

    return decode
