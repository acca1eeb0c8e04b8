"""What a model takes and gives: checked before a batch leaves, and again when the answer is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference_core.engines.engine import Array, Outputs
from inference_core.engines.triton.failures import ForeignModel, SwappedAnswer
from inference_core.errors import InferenceFailed
from inference_core.models.registry import ModelSpec, Tensor
from inference_core.models.repository.checksum import CHECKSUM, checksums

_SMALL = 64
"""Of a dimension that is free, for a probe: any detector takes it, and it costs next to nothing."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The promise of one model with one input, as the registry states it."""

    spec: ModelSpec

    @property
    def input(self) -> Tensor:
        """The one input."""
        return self.spec.inputs[0]

    @property
    def probe_shape(self) -> tuple[int, ...]:
        """The smallest item that the model takes."""
        return tuple(size if isinstance(size, int) else _SMALL for size in self.input.shape[1:])

    def check_input(self, batch: Array) -> None:
        """Raise InferenceFailed for a batch that the model cannot take."""
        if not _fits(self.input, batch):
            raise InferenceFailed(
                f"the model {self.spec.name} takes {_form(self.input)}, not {batch.dtype} {list(batch.shape)}"
            )

    def verified(self, outputs: Outputs, batch: Array, *, proof: bool) -> Outputs:
        """Return the model's outputs if they can be, and are, the answer to this batch.

        Args:
            outputs: What the server gave.
            batch: What it was given.
            proof: Whether this server proves its answers; one that runs the graphs itself does not.

        Raises:
            ForeignModel: This model cannot have given them.
            SwappedAnswer: They are about other pixels, or damaged: see `checksum`.
        """
        self._check_form(outputs, len(batch))
        told = outputs.get(CHECKSUM.name)
        own = {output.name: outputs[output.name] for output in self.spec.outputs}
        doubtful = proof if told is None else not np.array_equal(told, checksums(batch, tuple(own.values())))
        if doubtful:
            raise SwappedAnswer(f"the answer of {self.spec.name} is that to another request, or damaged")
        return own

    def _check_form(self, outputs: Outputs, size: int) -> None:
        for output in self.spec.outputs:
            array = outputs.get(output.name)
            if array is None or not _fits(output, array) or len(array) != size:
                got = "nothing" if array is None else f"{array.dtype} {list(array.shape)}"
                raise ForeignModel(
                    f"the server runs another model as {self.spec.name}: "
                    f"{output.name} should be {_form(output)} for {size}, and is {got}"
                )


def _fits(tensor: Tensor, array: Array) -> bool:
    return array.dtype == np.dtype(tensor.dtype) and _matches(tensor.shape, array.shape)


def _matches(wanted: Sequence[int | str], shape: Sequence[int]) -> bool:
    if len(wanted) != len(shape):
        return False
    return all(
        size >= 1 if isinstance(want, str) else size == want for want, size in zip(wanted, shape, strict=True)
    )


def _form(tensor: Tensor) -> str:
    return f"{tensor.dtype} [{', '.join(map(str, tensor.shape))}]"
