"""The curated themes, and the arrays that the theme head compares photos with.

ConSE (Norouzi et al., 2013): what a classifier sees is put into the space of a text model as the mean of its
classes' text vectors, weighted by their probabilities; there it can be compared with any text. The vectors do
not depend on the photo, so they are made once, when the models are built.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference_core.models.cache import replacing
from inference_core.models.labels import read_labels

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]

_RANGE = " .. "


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Attributes:
        id: What stories call it by; stable.
        title: For people.
        prompts: Texts that say it; may be none.
        classes: The ImageNet classes that mean it, as indices.
        objects: The COCO objects that mean it, as indices.
        trust: What the score is multiplied by, in 0..1.
    """

    id: str
    title: str
    prompts: tuple[str, ...]
    classes: tuple[int, ...]
    objects: tuple[int, ...]
    trust: float


@cache
def read_themes() -> tuple[Theme, ...]:
    """Returns the themes that ship with the package.

    Raises:
        ValueError: A theme names a class or an object that does not exist.
    """
    return tuple(
        Theme(
            id=key,
            title=entry["title"],
            prompts=tuple(entry["prompts"]),
            classes=_indices(entry.get("imagenet", ()), read_labels("imagenet")),
            objects=_indices(entry.get("objects", ()), read_labels("coco")),
            trust=entry.get("trust", 1.0),
        )
        for key, entry in tomllib.loads(themes_text()).items()
    )


def themes_text() -> str:
    """Returns `themes.toml` as it is; what the arrays are made of."""
    return resources.files(__package__).joinpath("themes.toml").read_text(encoding="utf-8")


def write_themes(encode: Encoder, path: Path) -> None:
    """Writes the arrays of `ThemeHead` as an .npz file.

    The arrays: `ids` and `trust` [T]; `classes` [T,1000] and `objects` [T,80], 1 where the class means the
    theme; `object_names` [80]; `class_vectors` [1000,384], centred; `prompt_vectors` [P,384], centred by the
    mean of the classes, of length 1; `prompt_theme` [P], the row of the theme that a prompt belongs to.

    Args:
        encode: The text model.
        path: Where to.

    Raises:
        CacheNotWritable: The disk is full or closed to us.
    """
    themes = read_themes()
    class_vectors = encode(read_labels("imagenet"))
    mean = class_vectors.mean(axis=0)
    prompts = encode([prompt for theme in themes for prompt in theme.prompts]) - mean
    with replacing(path) as file:
        np.savez_compressed(
            file,
            ids=np.array([theme.id for theme in themes]),
            trust=np.array([theme.trust for theme in themes], np.float32),
            classes=_membership([theme.classes for theme in themes], len(class_vectors)),
            objects=_membership([theme.objects for theme in themes], len(read_labels("coco"))),
            object_names=np.array(read_labels("coco")),
            class_vectors=class_vectors - mean,
            prompt_vectors=prompts / np.linalg.norm(prompts, axis=1, keepdims=True),
            prompt_theme=np.array([i for i, theme in enumerate(themes) for _ in theme.prompts]),
        )


def _membership(rows: Sequence[Sequence[int]], width: int) -> NDArray[np.float32]:
    table = np.zeros((len(rows), width), np.float32)
    for row, columns in enumerate(rows):
        table[row, list(columns)] = 1
    return table


def _indices(names: Sequence[str], labels: Sequence[str]) -> tuple[int, ...]:
    found: set[int] = set()
    for name in names:
        first, _, last = name.partition(_RANGE)
        found.update(range(labels.index(first), labels.index(last or first) + 1))
    return tuple(sorted(found))
