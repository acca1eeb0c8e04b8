"""The core with the models in this process, as most programs want it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from inference_core.analyzer import Analyzer
from inference_core.engines.onnx import OnnxEngine
from inference_core.errors import EngineUnavailable
from inference_core.heads.themes import ThemeHead
from inference_core.isolation import IsolatedPool
from inference_core.looking import CONTENT_MODELS, FACE_MODELS, Labels
from inference_core.models.build import open_model
from inference_core.models.errors import ModelError
from inference_core.models.labels import read_labels
from inference_core.models.theme_arrays import open_themes


def local_engine(cache: Path | None = None) -> OnnxEngine:
    """Return an engine over the built models.

    Args:
        cache: Where they are; by default the user's model cache.
    """
    return OnnxEngine((*FACE_MODELS, *CONTENT_MODELS), partial(open_model, cache=cache))


def local_analyzer(pool: IsolatedPool, cache: Path | None = None) -> Analyzer:
    """Return an analyzer whose models run in this process.

    Args:
        pool: Decodes what might crash; its owner closes it.
        cache: See `local_engine`.

    Raises:
        EngineUnavailable: The models are not built, and what to do about it.
    """
    try:
        themes = ThemeHead(open_themes(cache=cache))
    except ModelError as error:
        raise EngineUnavailable(str(error)) from error
    labels = Labels(read_labels("imagenet"), read_labels("coco"))
    # On CPUs a batch is no faster than its pictures one by one, and a core waits for its end.
    return Analyzer(local_engine(cache), pool, labels, themes=themes, max_batch=2, max_delay=0.0)
