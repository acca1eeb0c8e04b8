"""The arrays of the theme head in the cache: made by the text model, once for each state of the themes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from inference_core.models.cache import default_cache
from inference_core.models.errors import ModelNotBuilt
from inference_core.models.labels import read_labels
from inference_core.models.records import is_recorded, record
from inference_core.models.text import TextEncoder
from inference_core.models.themes import themes_text, write_themes

ARRAYS_VERSION = 2
"""Raised whenever the arrays change their meaning: they are then made anew."""


def build_themes(text_model: Path, cache: Path, progress: Callable[[str], None]) -> None:
    """Makes the arrays, unless they are there.

    Args:
        text_model: The built text model.
        cache: The model cache.
        progress: Told before the work begins.

    Raises:
        CacheNotWritable: The disk is full or closed to us.
    """
    folder = cache / "themes"
    if is_recorded(folder, _fingerprint()):
        return
    progress("themes: encoding labels and themes")
    write_themes(TextEncoder(text_model), folder / "themes.npz")
    record(folder, _fingerprint())


def open_themes(*, cache: Path | None = None) -> Path:
    """Returns the .npz file for `ThemeHead`.

    Raises:
        ModelNotBuilt: It is not there, or of another state of the themes.
    """
    folder = (cache or default_cache()) / "themes"
    if not is_recorded(folder, _fingerprint()):
        raise ModelNotBuilt("The themes are not built; run `storyroll models build`.")
    return folder / "themes.npz"


def _fingerprint() -> str:
    made_of = repr((ARRAYS_VERSION, themes_text(), read_labels("imagenet"), read_labels("coco")))
    return hashlib.sha256(made_of.encode()).hexdigest()
