"""The tasks of the peer: from a decoded image to an answer in JSON."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from inference_core.engines.engine import Array, Outputs
from inference_core.heads.alignment import CHIP_SIZE, chip_to_photo
from inference_core.heads.eyes import EYE_SIZE, eyes_open, eyes_to_photo, measurable
from inference_core.heads.faces import DetectedFace, detect_faces
from inference_core.heads.smile import SMILE_MARGIN, SMILE_SIZE, smile_score
from inference_core.looking import FaceLooker
from inference_core.models.build import open_model
from inference_core.preprocess import Geometry
from inference_core.preprocess.spec import Affine, Size

_THREADS_OF_A_SESSION = 2


def decode_pil(data: bytes) -> Image.Image:
    """Return the image at full size, not turned."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.convert("RGB")


def faces(image: Image.Image) -> dict[str, Any]:
    """Detect faces, and recognise all faces of the image in one batch."""
    where = FaceLooker.SPECS[0].place(image.size)
    left, top, right, bottom = where.target
    scale = image.width / (right - left)
    canvas = Image.new("RGB", where.canvas)
    canvas.paste(_sampled(image, np.diag([scale, scale, 1.0]), (right - left, bottom - top)), (left, top))
    found = detect_faces(_one(_run("faces", _tensor(canvas)[np.newaxis])), Geometry.of(where, image.size))
    return {"faces": [] if not found else _recognised(image, found)}


def classifier(image: Image.Image) -> dict[str, Any]:
    """Embed the central square."""
    side = 260
    wide, high = max(side, side * image.width // image.height), max(side, side * image.height // image.width)
    left, top = (wide - side) // 2, (high - side) // 2
    resized = image.resize((wide, high), Image.Resampling.BICUBIC)
    outputs = _run("classifier", _tensor(resized.crop((left, top, left + side, top + side)))[np.newaxis])
    return {"embedding": outputs["embedding"][0].tolist(), "class": int(outputs["logits"][0].argmax())}


def objects(image: Image.Image) -> dict[str, Any]:
    """Detect objects."""
    outputs = _run("objects", _stretched(image, 416))
    return {"best": float(outputs["scores"].max())}


def sensitive(image: Image.Image) -> dict[str, Any]:
    """Judge whether an image is sensitive."""
    outputs = _run("sensitive", _stretched(image, 224))
    return {name: values.tolist() for name, values in outputs.items()}


TASKS: dict[str, Callable[[Image.Image], dict[str, Any]]] = {
    task.__name__: task for task in (faces, classifier, objects, sensitive)
}
"""One request each for a photo."""


def _recognised(image: Image.Image, found: list[DetectedFace]) -> list[dict[str, Any]]:
    chips = [chip_to_photo(face.landmarks) for face in found]
    tight = [chip_to_photo(face.landmarks, SMILE_SIZE, SMILE_MARGIN) for face in found]
    embedded = _run("face_embedding", _chips(image, chips, CHIP_SIZE))
    smiles = _run("smile", _chips(image, tight, SMILE_SIZE))
    opened = _opened(image, [face for face, large in zip(found, measurable(found, 1), strict=True) if large])
    return [
        {
            "box": list(map(float, face.box)),
            "score": float(face.score),
            "embedding": embedded["embedding"][index].tolist(),
            "smile": float(smile_score({name: rows[index] for name, rows in smiles.items()})),
            "eyes_open": opened.get(id(face)),
        }
        for index, face in enumerate(found)
    ]


def _opened(image: Image.Image, found: list[DetectedFace]) -> dict[int, float]:
    """Return how far the eyes of some faces are open, by the identity of each."""
    if not found:
        return {}
    pairs = [_chips(image, list(eyes_to_photo(face.landmarks)), EYE_SIZE) for face in found]
    lids = _run("eyes", np.stack([np.concatenate(pair) for pair in pairs]))
    return {id(face): eyes_open({"lids": rows}) for face, rows in zip(found, lids["lids"], strict=True)}


def _chips(image: Image.Image, maps: list[Affine], size: int) -> Array:
    return np.stack([_tensor(_sampled(image, chip, (size, size))) for chip in maps])


def _stretched(image: Image.Image, side: int) -> Array:
    return _tensor(image.resize((side, side), Image.Resampling.BICUBIC))[np.newaxis]


def _sampled(image: Image.Image, to_image: Affine, size: Size) -> Image.Image:
    """Sample four pixels for each, as OpenCV's `resize` and `warpAffine` do: quick, not antialiased."""
    coefficients = tuple(to_image[:2].ravel())
    return image.transform(size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)


def _tensor(image: Image.Image) -> Array:
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def _one(outputs: Outputs) -> Outputs:
    return {name: rows[0] for name, rows in outputs.items()}


def _run(model: str, batch: Array) -> Outputs:
    session = _session(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: batch}), strict=True))


@cache
def _session(model: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = _THREADS_OF_A_SESSION
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        open_model(model),
        options,
        providers=["CPUExecutionProvider"],
        provider_options=[{"arena_extend_strategy": "kSameAsRequested"}],
    )
