"""How simulated people and scenes look: embeddings with the statistics of the real models'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.facets import Vector

FACE_WIDTH = 128
FACE_RANK = 16
"""Dimensions in which faces really differ: gives strangers the spread of similarity that they have in LFW."""
COMMON = 0.8625
"""Mean cosine of the embeddings of two strangers: the face network's vectors share a direction."""
GOOD_NOISE, POOR_NOISE = 0.17, 0.29
"""Length of what one picture adds to a face of quality 1 and 0: one person's mean cosine becomes 0.957."""
SCENE_NOISE = 0.25
SCENE_COMMON = 0.28
"""Cosine of the embeddings of unrelated scenes."""


@dataclass(frozen=True)
class Look:
    """What one picture shows."""

    themes: tuple[tuple[str, float], ...]
    embedding: Vector
    perceptual_hash: int


class Looks:
    """Everybody's face."""

    def __init__(self, rng: np.random.Generator, family: Sequence[str]) -> None:
        self._rng = rng
        basis, _ = np.linalg.qr(rng.normal(size=(FACE_WIDTH, FACE_RANK + 1)))
        self._shared, self._basis = basis[:, 0], basis[:, 1:]
        self._faces = {name: self._new() for name in family}

    def stranger(self) -> str:
        """Invent somebody who is never seen again."""
        name = f"stranger {len(self._faces)}"
        self._faces[name] = self._new()
        return name

    def shoot(self, name: str, quality: float) -> Vector:
        """Return the embedding of a face in one picture; poor pictures blur it."""
        noise = POOR_NOISE + (GOOD_NOISE - POOR_NOISE) * quality
        seen = self._faces[name] + noise * self._direction()
        return _unit(seen).astype(np.float32)

    def _new(self) -> Vector:
        mixed = np.sqrt(COMMON) * self._shared + np.sqrt(1 - COMMON) * self._direction()
        return np.asarray(mixed, dtype=np.float32)

    def _direction(self) -> Vector:
        return np.asarray(self._basis @ _unit(self._rng.normal(size=FACE_RANK)), dtype=np.float32)


class Scenes:
    """Everything there is to photograph."""

    def __init__(self, rng: np.random.Generator, width: int, themes: Sequence[str]) -> None:
        self._rng = rng
        self._themes = themes
        self._shared = _unit(rng.normal(size=width))
        self._pool = self._vectors(2000, width)

    def new(self) -> int:
        """Return the next scene."""
        return int(self._rng.integers(len(self._pool)))

    def shoot(self, scene: int) -> Look:
        """Return what a picture of a scene looks like; the vector is shared between pictures of a scene."""
        theme = self._themes[scene % len(self._themes)]
        score = 0.9 if scene % 3 == 0 else 0.2
        return Look(((theme, score),), self._pool[scene], int(self._rng.integers(2**63)))

    def _vectors(self, count: int, width: int) -> Vector:
        own = self._rng.normal(size=(count, width))
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        mixed = np.sqrt(SCENE_COMMON) * self._shared + np.sqrt(1 - SCENE_COMMON) * own
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / np.linalg.norm(vector))
