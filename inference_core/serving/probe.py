"""Whether a model answers: told by a real inference, for a server says that it is ready when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.contract import Contract
from inference_core.engines.triton.failures import CallFailed
from inference_core.models.errors import UnknownModel
from inference_core.models.registry import ModelSpec, registry
from inference_core.models.repository.config import LEAST_SIDE


def probed_models(repository: Path) -> list[ModelSpec]:
    """Return what the registry says of the models in a repository."""
    return list(_known(path.parent.name for path in sorted(repository.glob("*/config.pbtxt"))))


async def answers(client: TritonClient, spec: ModelSpec, timeout: float) -> bool:
    """Run a small picture of noise through a model; tell whether it answers within `timeout` seconds.

    No two probes are alike: a model that gives everybody the answer to an earlier request is not well.
    """
    (tensor,) = spec.inputs
    shape = [LEAST_SIDE if isinstance(side, str) else side for side in tensor.shape[1:]]
    noise = np.random.default_rng().integers(0, 256, (1, *shape)).astype(tensor.dtype)
    try:
        outputs = await client.infer(spec.name, tensor.name, noise, None, timeout)
        Contract(spec).verified(outputs, noise, proof=True)
    except CallFailed:
        return False
    return True


def _known(names: Iterable[str]) -> Iterator[ModelSpec]:
    for name in names:
        try:
            spec = registry().model(name)
        except UnknownModel:
            continue
        if len(spec.inputs) == 1:
            yield spec
