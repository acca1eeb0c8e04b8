"""What differs between the servers that a repository can be written for; all else is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

_MIB = 1 << 20

TargetName = Literal["wheel", "container", "tensorrt"]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of server.

    Attributes:
        name: What people call it by.
        backend: What runs the models.
        kind: KIND_CPU or KIND_GPU, as Triton spells it.
        largest_batch: Pictures in a batch at most, whatever their size.
        batch_bytes: Bytes of input in a batch at most; what lies between the layers is many times this.
        queue_delay_us: Microseconds that Triton holds a request back to fill a batch.
        tensorrt: Whether ONNX Runtime hands the graph to TensorRT, in half precision.
    """

    name: TargetName
    backend: str
    kind: str
    largest_batch: int
    batch_bytes: int
    queue_delay_us: int
    tensorrt: bool = False


_WHEEL = Target("wheel", "python", "KIND_CPU", 32, 10 * _MIB, queue_delay_us=0)
"""On a CPU a larger batch is no faster, so that waiting for one would only cost time."""

_CONTAINER = Target("container", "onnxruntime", "KIND_GPU", 128, 64 * _MIB, queue_delay_us=1000)

_TENSORRT = Target("tensorrt", "onnxruntime", "KIND_GPU", 128, 64 * _MIB, queue_delay_us=1000, tensorrt=True)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {target.name: target for target in (_WHEEL, _CONTAINER, _TENSORRT)}
)
"""Every target by name."""
