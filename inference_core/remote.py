"""The core with the models on a Triton server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inference_core.analyzer import Analyzer
from inference_core.engines.triton.engine import Patience, TritonEngine
from inference_core.isolation import IsolatedPool
from inference_core.local import analyzer_over
from inference_core.looking import CONTENT_MODELS, FACE_MODELS
from inference_core.models.registry import registry
from inference_core.observe import Observer, Unobserved


def triton_engine(
    address: str,
    headers: Mapping[str, str] | None = None,
    *,
    parallelism: int | None = None,
    patience: Patience = Patience(),
    proves: bool = False,
) -> TritonEngine:
    """Return an engine over the registered models on a server: see `TritonEngine`."""
    specs = [registry().model(name) for name in (*FACE_MODELS, *CONTENT_MODELS)]
    return TritonEngine(
        address, specs, headers=headers, parallelism=parallelism, patience=patience, proves=proves
    )


def triton_analyzer(
    pool: IsolatedPool,
    address: str,
    headers: Mapping[str, str] | None = None,
    *,
    cache: Path | None = None,
    max_batch: int = 8,
    parallelism: int | None = None,
    patience: Patience = Patience(),
    proves: bool = False,
    observer: Observer = Unobserved(),
) -> Analyzer:
    """Return an analyzer whose models run on a server; nothing is asked of it before the first picture.

    Args:
        pool: Decodes what might crash; its owner closes it.
        address: See `TritonEngine`.
        headers: See `TritonEngine`.
        cache: Where the themes are; by default the user's model cache.
        max_batch: Pictures in a batch at most; the server may join batches to larger ones.
        parallelism: See `TritonEngine`.
        patience: See `TritonEngine`.
        proves: See `TritonEngine`.
        observer: Is told what happens.

    Raises:
        EngineUnavailable: The themes are not built, and what to do about it.
    """
    engine = triton_engine(address, headers, parallelism=parallelism, patience=patience, proves=proves)
    return analyzer_over(engine, pool, cache=cache, max_batch=max_batch, max_delay=0.002, observer=observer)
