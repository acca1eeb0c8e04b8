"""The one thing that heads and batches know of a model runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy.typing as npt

from inference_core.preprocess.spec import Tensor

Array = npt.NDArray[Any]
Outputs = Mapping[str, Array]
"""Arrays by output name; what is batched has the batch as its first dimension."""


class Engine(Protocol):
    """Runs models by name."""

    @property
    def models(self) -> frozenset[str]:
        """Names of the models that this engine can run."""
        ...

    @property
    def parallelism(self) -> int:
        """How many batches at a time make sense."""
        ...

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        """Return memory for one item, where this engine likes it best; any thread may ask.

        It is the caller's until nothing refers to the array any more. Nobody waits for it.

        Args:
            shape: Of the item, without a batch dimension.

        Returns:
            Uninitialised uint8 of that shape.
        """
        ...

    async def infer(self, model: str, batch: Array) -> Outputs:
        """Run one batch through a model.

        Args:
            model: One of `models`.
            batch: [B, ...] in the dtype and shape that the model takes; not changed before the answer.

        Returns:
            Every output by name, [B, ...] each.

        Raises:
            EngineUnavailable: The model cannot be run now, whatever the batch.
            InferenceFailed: This batch failed.
        """
        ...

    async def close(self) -> None:
        """Release the models; `infer` must not be called any more."""
        ...
