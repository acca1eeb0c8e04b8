"""What a photo is about, in the words of curated themes.

Three witnesses are heard: the classes that mean a theme, the objects that mean it, and what all classes
together tell of the theme's texts (see `inference_core.models.themes`). Each gives a strength in 0..1;
together they are as strong as their noisy-or: one sure witness is enough, two unsure ones help each other.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TEXT_RANGE = (1.0, 5.0)
"""From no witness at all to the surest, in standard deviations of what the logits of no theme would tell."""
_TEXT_STRENGTH = 0.7
_RIVALRY = 2.0
"""A theme counts exp(-`_RIVALRY`) for each deviation that it is behind the likeliest, for photos show few."""
_OBJECT_RANGE = (0.4, 0.8)
_OBJECT_STRENGTH = 0.9


class ThemeHead:
    """Turns the classifier's logits and the detector's objects into themes.

    Args:
        npz: What `write_themes` has written.
        threshold: Themes of a lower score are not named.
    """

    def __init__(self, npz: Path, threshold: float = 0.3) -> None:
        with np.load(npz) as arrays:
            self._ids: list[str] = arrays["ids"].tolist()
            self._trust: NDArray[np.float32] = arrays["trust"]
            self._classes: NDArray[np.float32] = arrays["classes"]
            self._objects: NDArray[np.float32] = arrays["objects"]
            self._object_rows = {str(name): i for i, name in enumerate(arrays["object_names"])}
            self._readouts: NDArray[np.float32] = arrays["readouts"]
            self._rivals: NDArray[np.float32] = arrays["rivals"]
            self._prompt_theme: NDArray[np.int64] = arrays["prompt_theme"]
        self._threshold = threshold

    def __call__(
        self, logits: NDArray[np.float32], objects: Iterable[tuple[str, float]] = ()
    ) -> list[tuple[str, float]]:
        """Names the themes of one photo.

        Args:
            logits: float32 [1000], of the classifier.
            objects: COCO names with scores in 0..1, of the detector; a name may come more than once.

        Returns:
            Theme ids with scores in 0..1, the surest first.

        Raises:
            KeyError: An object is none of COCO's.
        """
        probabilities = _softmax(logits)
        doubts = (
            (1 - self._classes @ probabilities)
            * (1 - self._from_objects(objects))
            * (1 - self._from_texts(logits))
        )
        scores = self._trust * (1 - doubts)
        order = np.argsort(-scores, kind="stable")
        return [(self._ids[i], float(scores[i])) for i in order if scores[i] >= self._threshold]

    def _from_objects(self, objects: Iterable[tuple[str, float]]) -> NDArray[np.float32]:
        seen = np.zeros(len(self._object_rows), np.float32)
        for name, score in objects:
            row = self._object_rows[name]
            seen[row] = max(seen[row], score)
        strongest: NDArray[np.float32] = (self._objects * _strength(seen, _OBJECT_RANGE)).max(axis=1)
        return _OBJECT_STRENGTH * strongest

    def _from_texts(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        seen = (logits - logits.mean()) / max(float(logits.std()), 1e-6)
        best = np.full(len(self._ids), -np.inf, np.float32)
        np.maximum.at(best, self._prompt_theme, self._readouts @ seen)
        likeliest = max(best.max(), (self._rivals @ seen).max())
        near: NDArray[np.float32] = np.exp(_RIVALRY * (best - likeliest))
        return _TEXT_STRENGTH * near * _strength(best, _TEXT_RANGE)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


def _strength(values: NDArray[np.float32], bounds: tuple[float, float]) -> NDArray[np.float32]:
    low, high = bounds
    strength: NDArray[np.float32] = np.clip((values - low) / (high - low), 0.0, 1.0)
    return strength
