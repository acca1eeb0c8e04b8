"""Pictures into model inputs by Pillow and NumPy alone, so that the graphs are tested on their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_CHIP = 150
_TEMPLATE = np.array([[0.2255, 0.216], [0.7548, 0.216], [0.490, 0.516], [0.254, 0.780], [0.726, 0.780]])


@dataclass(frozen=True)
class Face:
    score: float
    box: NDArray[np.float64]
    """left, top, right, bottom in pixels of the photo"""
    landmarks: NDArray[np.float64]
    """[5,2] as x, y"""


def tensor(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1)[None])


def centre_crop(image: Image.Image, size: int, share: float = 0.875) -> NDArray[np.uint8]:
    side = share * min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return tensor(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def letterbox(image: Image.Image, size: int) -> tuple[NDArray[np.uint8], float]:
    scale = size / max(image.size)
    square = Image.new("RGB", (size, size), (114, 114, 114))
    square.paste(image.resize((round(image.width * scale), round(image.height * scale))))
    return tensor(square), scale


def decode_faces(outputs: list[NDArray[Any]], scale: float, threshold: float = 0.5) -> list[Face]:
    """Every local maximum of the heat map that is sure enough, the surest first."""
    heatmap, size, offset, marks = (output[0] for output in outputs)
    faces = []
    for row, column in zip(*np.where(heatmap[0] > threshold), strict=True):
        window = heatmap[0, max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        if heatmap[0, row, column] < window.max():
            continue
        height, width = np.exp(size[:, row, column]) * 4
        left = (column + offset[1, row, column] + 0.5) * 4 - width / 2
        top = (row + offset[0, row, column] + 0.5) * 4 - height / 2
        points = marks[:, row, column].reshape(5, 2)[:, ::-1] * [width, height] + [left, top]
        box = np.array([left, top, left + width, top + height]) / scale
        faces.append(Face(float(heatmap[0, row, column]), box, points / scale))
    return sorted(faces, key=lambda face: -face.score)


def chip(image: Image.Image, face: Face) -> Image.Image:
    """The face, turned and scaled so that its landmarks lie where dlib's network expects them."""
    target = (_TEMPLATE + 0.25) / 1.5 * _CHIP
    rows = [row for x, y in target for row in ([x, -y, 1, 0], [y, x, 0, 1])]
    (a, b, c, d), *_ = np.linalg.lstsq(np.array(rows), face.landmarks.ravel(), rcond=None)
    coefficients = (a, -b, c, b, a, d)
    return image.transform((_CHIP, _CHIP), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)
