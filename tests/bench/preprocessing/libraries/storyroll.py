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
    return _decoder(task, threads=1)


def split_decoder(task: Task) -> Decoder:
    """Return the same, with two threads for a large photo."""
    return _decoder(task, threads=2)


def _decoder(task: Task, threads: int) -> Decoder:
    wanted = specs(task)

    def decode(data: bytes, _shrink: int) -> Outputs:
        return list(preprocess(data, wanted, threads=threads).tensors)

    return decode
