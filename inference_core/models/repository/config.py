"""The text of a model's config.pbtxt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

from inference_core.models.registry import ModelSpec, Tensor
from inference_core.models.repository.checksum import CHECKSUM
from inference_core.models.repository.targets import Target

NOMINAL_SIDE = 640
"""Pixels that a dynamic side is taken for, and the most that it has: what faces are looked for in. Only sizes
of batches and the warm-up follow from it."""
LEAST_SIDE = 32
"""Pixels that a dynamic side has at least."""

_TYPES = {"uint8": "TYPE_UINT8", "int64": "TYPE_INT64", "float32": "TYPE_FP32"}
_PREFERRED = (8, 16, 32, 64, 128)
_ENGINE_CACHE = "/var/cache/storyroll/tensorrt"
"""Where the container keeps built engines; a volume there spares the minutes that building them takes."""


def max_batch(spec: ModelSpec, target: Target) -> int:
    """Return how many pictures a batch may hold: a power of two within the target's limits."""
    item = sum(prod(_item(tensor, NOMINAL_SIDE)) for tensor in spec.inputs)
    fitting = min(target.largest_batch, max(1, target.batch_bytes // item))
    return 1 << (fitting.bit_length() - 1)


def config_text(spec: ModelSpec, target: Target, instances: int) -> str:
    """Return the config.pbtxt of a model: protobuf text of Triton's `ModelConfig`.

    Args:
        spec: The model; its first dimension is the batch.
        target: What kind of server.
        instances: How many batches of the model run side by side.
    """
    largest = max_batch(spec, target)
    return "\n".join(
        (
            f'name: "{spec.name}"',
            f'backend: "{target.backend}"',
            f"max_batch_size: {largest}",
            *_tensors("input", spec.inputs),
            *_tensors("output", _outputs(spec, target)),
            f"instance_group [ {{ kind: {target.kind} count: {instances} }} ]",
            *_dynamic_batching(target, largest),
            *_warm_up(spec, target, largest),
            *(_tensorrt() if target.tensorrt else ()),
            "",
        )
    )


def _outputs(spec: ModelSpec, target: Target) -> tuple[Tensor, ...]:
    return (*spec.outputs, CHECKSUM) if target.backend == "python" else spec.outputs


def _tensors(field: str, tensors: Iterable[Tensor]) -> Iterator[str]:
    for tensor in tensors:
        dims = ", ".join("-1" if isinstance(side, str) else str(side) for side in tensor.shape[1:])
        yield f'{field} [ {{ name: "{tensor.name}" data_type: {_TYPES[tensor.dtype]} dims: [ {dims} ] }} ]'


def _dynamic_batching(target: Target, largest: int) -> tuple[str, ...]:
    """Batching without a queue policy: with any, even a limit alone, requests may wait in Triton for ever.

    Source: triton-inference-server/server issue 8870; requests of unequal shapes stall it within a second.
    Callers have deadlines instead, and a request whose caller has gone leaves the queue.
    """
    preferred = ", ".join(str(size) for size in _PREFERRED if size <= largest) or "1"
    return (
        "dynamic_batching {",
        f"  preferred_batch_size: [ {preferred} ]",
        f"  max_queue_delay_microseconds: {target.queue_delay_us}",
        "}",
    )


def _warm_up(spec: ModelSpec, target: Target, largest: int) -> Iterator[str]:
    """One batch of one; for TensorRT both ends of what may come.

    TensorRT builds an engine for the range of shapes that it has seen, which takes minutes, and another for
    what lies outside. Profiles of shapes could be stated, but must then name every dynamic input of every
    part of a graph that it cannot run as a whole.
    """
    yield from _warm_up_batch(spec, 1, LEAST_SIDE if target.tensorrt else NOMINAL_SIDE)
    if target.tensorrt:
        yield from _warm_up_batch(spec, largest, NOMINAL_SIDE)


def _warm_up_batch(spec: ModelSpec, size: int, side: int) -> Iterator[str]:
    yield f'model_warmup [ {{ name: "batch of {size}" batch_size: {size}'
    for tensor in spec.inputs:
        dims = ", ".join(map(str, _item(tensor, side)))
        value = f"data_type: {_TYPES[tensor.dtype]} dims: [ {dims} ] zero_data: true"
        yield f'  inputs {{ key: "{tensor.name}" value {{ {value} }} }}'
    yield "} ]"


def _item(tensor: Tensor, side: int) -> tuple[int, ...]:
    """The shape of one item whose dynamic sides have so many pixels."""
    return tuple(side if isinstance(size, str) else size for size in tensor.shape[1:])


def _tensorrt() -> Iterator[str]:
    """Half precision; what TensorRT cannot run falls back to CUDA, and then to the CPU, by itself.

    Source: the README of triton-inference-server/onnxruntime_backend lists the keys; it refuses any other.
    """
    settings = {
        "precision_mode": "FP16",
        "max_workspace_size_bytes": str(1 << 30),
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": _ENGINE_CACHE,
    }
    yield 'optimization { execution_accelerators { gpu_execution_accelerator [ { name: "tensorrt"'
    for key, value in settings.items():
        yield f'  parameters {{ key: "{key}" value: "{value}" }}'
    yield "} ] } }"
