"""The core with the models in this process, as most programs want it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from inference_core.analyzer import Analyzer
from inference_core.engines.engine import Engine
from inference_core.engines.onnx import OnnxEngine
from inference_core.errors import EngineUnavailable
from inference_core.heads.themes import ThemeHead
from inference_core.isolation import IsolatedPool
from inference_core.looking import CONTENT_MODELS, FACE_MODELS, Labels
from inference_core.models.build import open_model
from inference_core.models.errors import ModelError
from inference_core.models.labels import read_labels
from inference_core.models.theme_arrays import open_themes
from inference_core.observe import Observer, Unobserved


def local_engine(cache: Path | None = None) -> OnnxEngine:
    """Return an engine over the built models.

    Args:
        cache: Where they are; by default the user's model cache.
    """
    return OnnxEngine((*FACE_MODELS, *CONTENT_MODELS), partial(open_model, cache=cache))


def local_analyzer(
    pool: IsolatedPool, cache: Path | None = None, observer: Observer = Unobserved()
) -> Analyzer:
    """Return an analyzer whose models run in this process.

    Args:
        pool: Decodes what might crash; its owner closes it.
        cache: See `local_engine`.
        observer: Is told what happens.

    Raises:
        EngineUnavailable: The models are not built, and what to do about it.
    """
    # On CPUs two pictures in a batch take 3 % more time than one by one, and a core waits for its end.
    return analyzer_over(
        local_engine(cache), pool, cache=cache, max_batch=1, max_delay=0.0, observer=observer
    )


def analyzer_over(
    engine: Engine,
    pool: IsolatedPool,
    *,
    cache: Path | None = None,
    max_batch: int,
    max_delay: float,
    observer: Observer = Unobserved(),
) -> Analyzer:
    """Return an analyzer over an engine of the registered models: their labels and themes are kept here.

    Args:
        engine: Runs the models; closed with the analyzer.
        pool: See `local_analyzer`.
        cache: Where the themes are; by default the user's model cache.
        max_batch: See `Analyzer`.
        max_delay: See `Analyzer`.
        observer: See `Analyzer`.

    Raises:
        EngineUnavailable: The themes are not built, and what to do about it.
    """
    try:
        themes = ThemeHead(open_themes(cache=cache))
    except ModelError as error:
        raise EngineUnavailable(str(error)) from error
    labels = Labels(read_labels("imagenet"), read_labels("coco"))
    return Analyzer(
        engine, pool, labels, themes=themes, max_batch=max_batch, max_delay=max_delay, observer=observer
    )
