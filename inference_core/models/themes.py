"""The curated themes, and the arrays that the theme head reads photos with.

A classifier of 1000 classes can be asked for any text, by ridge regression from texts to classifiers
(Romera-Paredes & Torr, 2015): how much each logit tells of a text is learnt from the texts of the classes,
each of which is told by its own logit, and is then known for every other text. All classes speak, the least
seen too. Before, the texts of the ten classes most seen were weighed (ConSE; Norouzi et al., 2013): that gave
0.44 of 77 labelled photos the right theme first, and this gives it to 0.66. The readouts do not depend on the
photo, so they are made once, when the models are built.
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

RIDGE = 0.5
"""How much each class may be told by other logits than its own; between 0.3 and 1 it makes no difference."""
HINT = np.float32(0.5)
"""What a class that hints at a theme counts beside one that means it."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Attributes:
        id: What stories call it by; stable.
        title: For people.
        prompts: Texts that say it; may be none.
        classes: The ImageNet classes that mean it, as indices.
        hints: The ImageNet classes of what is often seen with it, as indices.
        objects: The COCO objects that mean it, as indices.
        trust: What the score is multiplied by, in 0..1.
    """

    id: str
    title: str
    prompts: tuple[str, ...]
    classes: tuple[int, ...]
    hints: tuple[int, ...]
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
            hints=_indices(entry.get("hints", ()), read_labels("imagenet")),
            objects=_indices(entry.get("objects", ()), read_labels("coco")),
            trust=entry.get("trust", 1.0),
        )
        for key, entry in tomllib.loads(themes_text()).items()
        if not entry.get("rival")
    )


def read_rivals() -> tuple[tuple[int, ...], ...]:
    """Returns the classes, as indices, of what is seen in photos without a theme; see `themes.toml`."""
    entries = tomllib.loads(themes_text()).values()
    labels = read_labels("imagenet")
    return tuple(_indices(entry["imagenet"], labels) for entry in entries if entry.get("rival"))


def themes_text() -> str:
    """Returns `themes.toml` as it is; what the arrays are made of."""
    return resources.files(__package__).joinpath("themes.toml").read_text(encoding="utf-8")


def write_themes(encode: Encoder, path: Path) -> None:
    """Writes the arrays of `ThemeHead` as an .npz file.

    The arrays: `ids` and `trust` [T]; `classes` [T,1000] and `objects` [T,80], 1 where the class means the
    theme, `HINT` where it hints at it; `object_names` [80]; `readouts` [P,1000], how much each logit tells of
    a prompt, of length 1; `prompt_theme` [P], the row of the theme that a prompt belongs to; `rivals`
    [R,1000], how much each logit tells that there is no theme, of length 1.

    Args:
        encode: The text model.
        path: Where to.

    Raises:
        CacheNotWritable: The disk is full or closed to us.
    """
    themes = read_themes()
    labels, prompts = read_labels("imagenet"), [prompt for theme in themes for prompt in theme.prompts]
    with replacing(path) as file:
        np.savez_compressed(
            file,
            ids=np.array([theme.id for theme in themes]),
            trust=np.array([theme.trust for theme in themes], np.float32),
            classes=np.maximum(
                _membership([theme.classes for theme in themes], len(labels)),
                HINT * _membership([theme.hints for theme in themes], len(labels)),
            ),
            objects=_membership([theme.objects for theme in themes], len(read_labels("coco"))),
            object_names=np.array(read_labels("coco")),
            readouts=_readouts(encode(labels), encode(prompts)),
            rivals=_unit(_membership(read_rivals(), len(labels))),
            prompt_theme=np.array([i for i, theme in enumerate(themes) for _ in theme.prompts]),
        )


def _readouts(labels: NDArray[np.float32], prompts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much the logit of each label tells of each prompt: float32[prompts, labels], length 1.

    Args:
        labels: Text vectors; their mean, what all labels have in common, tells nothing and is taken off.
        prompts: Text vectors.
    """
    mean = labels.mean(axis=0)
    known, asked = _unit(labels - mean), _unit(prompts - mean)
    kernel = known @ known.T + RIDGE * np.eye(len(known), dtype=np.float32)
    return _unit(np.linalg.solve(kernel, known @ asked.T).T)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


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
