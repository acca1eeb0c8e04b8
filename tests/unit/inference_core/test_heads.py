"""Model outputs of known meaning are read as that."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from inference_core.heads.alignment import CHIP_SIZE, chip_spec, chip_to_photo, extract_chip
from inference_core.heads.classification import softmax, top_labels, unit
from inference_core.heads.faces import detect_faces
from inference_core.heads.objects import detect_objects
from inference_core.heads.quality import face_quality, frontality, laplacian, luma, measure
from inference_core.heads.suppression import intersection_over_union, non_maximum_suppression
from inference_core.preprocess import Geometry, Letterbox, Orientation, OutputSpec, Raster, Stretch
from inference_core.preprocess.colour import luma_into
from inference_core.preprocess.kernels import resize_into
from inference_core.preprocess.scale import choose_shrink

FRONTAL = np.array([(70.0, 70), (130, 70), (100, 105), (75, 140), (125, 140)])


def geometry(width: int, height: int) -> Geometry:
    spec = OutputSpec(64, 64, Letterbox())
    return Geometry.of(spec.place((width, height)), (width, height))


def test_suppression_keeps_the_best_of_each_class():
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 10, 10.0]])
    scores, classes = np.array([0.8, 0.9, 0.5, 0.7]), np.array([0, 0, 0, 1])
    assert non_maximum_suppression(boxes, scores, 0.5) == [1, 2]
    assert non_maximum_suppression(boxes, scores, 0.5, classes) == [1, 3, 2]
    assert non_maximum_suppression(boxes[:0], scores[:0], 0.5) == []


def test_intersection_over_union():
    box, others = (
        np.array([0.0, 0, 2, 2]),
        np.array([[0.0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 6, 6], [0, 0, 0, 0]]),
    )
    np.testing.assert_allclose(intersection_over_union(box, others), [1, 1 / 7, 0, 0])


def test_a_face_is_put_back_onto_the_photo():
    outputs = {
        "heatmap": np.zeros((1, 16, 16), np.float32),
        "scale": np.zeros((2, 16, 16), np.float32),
        "offset": np.zeros((2, 16, 16), np.float32),
        "landmarks": np.zeros((10, 16, 16), np.float32),
    }
    outputs["heatmap"][0, 6, 8] = 0.9
    outputs["scale"][:, 6, 8] = np.log([2, 3])  # height 8, width 12 tensor pixels
    outputs["offset"][:, 6, 8] = (0.25, -0.25)
    outputs["landmarks"][:, 6, 8] = np.linspace(0, 0.9, 10)
    (face,) = detect_faces(outputs, geometry(640, 320))  # ten to one, sixteen rows of padding
    assert face.score == pytest.approx(0.9)
    np.testing.assert_allclose(face.box, [270, 70, 390, 150], atol=1e-4)
    np.testing.assert_allclose(face.landmarks[0], [282, 70], atol=1e-3)
    np.testing.assert_allclose(face.landmarks[4], [378, 134], atol=1e-3)
    assert detect_faces(outputs, geometry(640, 320), least_score=0.95) == []


def test_objects_are_named_clipped_and_put_back():
    outputs = {
        "scores": np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.3]], np.float32),
        "boxes": np.array([[10, 10, 20, 20], [-5, 0, 70, 64], [0, 0, 9, 9]], np.float32),
    }
    photo = (128, 640)
    placed = Geometry.of(OutputSpec(64, 64, Stretch()).place(photo), photo)
    cat, dog = detect_objects(outputs, placed, ["dog", "cat"])
    assert (cat.label, cat.box) == ("cat", (20, 100, 40, 200))
    assert (dog.label, dog.box) == ("dog", (0, 0, 128, 640))


def test_labels_and_units():
    logits = np.log(np.array([0.2, 0.7, 0.1]))
    np.testing.assert_allclose(softmax(logits), [0.2, 0.7, 0.1])
    assert [word for word, _ in top_labels(logits, "abc", least=0.15)] == ["b", "a"]
    assert np.linalg.norm(unit(np.arange(9))) == pytest.approx(1)
    assert not unit(np.zeros(3)).any()


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("turn", [0, 25, 180])
def test_chips_are_upright_whatever_the_orientation_and_the_tilt(orientation, turn):
    """A face drawn as five dots of different colours comes out where the template says."""
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = (FRONTAL - 100) @ rotation.T + (150, 130)
    upright = np.zeros((260, 300, 3), np.uint8)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
    for (x, y), colour in zip(landmarks, colours, strict=True):
        upright[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] = colour
    undo = {6: 8, 8: 6}.get(orientation, orientation)
    stored = np.empty((3, *orientation.swap((300, 260))[::-1]), np.uint8)
    resize_into(upright, (0, 0, 300, 260), undo, stored)
    pixels = np.ascontiguousarray(stored.transpose(1, 2, 0))
    raster = Raster(pixels, orientation, orientation.swap((300, 260)))
    chip = chip_to_photo(landmarks)
    out = np.empty((3, CHIP_SIZE, CHIP_SIZE), np.uint8)
    extract_chip(raster, chip, out)
    for landmark, colour in zip(landmarks, colours, strict=True):
        x, y, _ = np.linalg.inv(chip) @ (*landmark, 1)
        np.testing.assert_allclose(out[:, int(y), int(x)], colour, atol=30)
    eyes = np.linalg.inv(chip) @ np.c_[landmarks[:2], [1, 1]].T
    np.testing.assert_allclose(eyes[1], 46.6, atol=4)


def test_a_chip_of_one_point_is_refused():
    with pytest.raises(ValueError, match="one point"):
        chip_to_photo(np.ones((5, 2)))


@pytest.mark.parametrize(("side", "shrink"), [(20, 1), (80, 1), (170, 2), (340, 4), (2000, 8)])
def test_small_faces_ask_for_a_sharper_decode(side, shrink):
    landmarks = FRONTAL / 60 * side * 0.5
    assert choose_shrink((8000, 6000), [chip_spec(chip_to_photo(landmarks), (8000, 6000))]) == shrink


def textured(blur: float = 0, gain: float = 1, lift: float = 0) -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((512, 384), Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.GaussianBlur(blur)).point(lambda level: level * gain + lift)
    return np.asarray(image).transpose(2, 0, 1)


def grey(image: np.ndarray) -> np.ndarray:
    luma = np.empty((1, *image.shape[1:]), np.uint8)
    luma_into(image, luma)
    return luma


def test_quality_falls_with_every_fault_and_stays_in_range():
    good = measure(grey(textured()))
    blurred, dark, bright, flat = (
        measure(grey(textured(blur=4))),
        measure(grey(textured(gain=0.2))),
        measure(grey(textured(gain=0.3, lift=178))),
        measure(np.full((1, 384, 512), 117, np.uint8)),
    )
    assert good.overall > 0.7
    assert blurred.sharpness < 0.3 < 0.6 < good.sharpness
    assert dark.exposure < 0.4 < good.exposure
    assert bright.exposure < 0.8 < good.exposure
    assert flat.contrast == flat.sharpness == flat.overall == 0
    assert measure(np.zeros((1, 1, 1), np.uint8)).overall == 0


@pytest.mark.parametrize("shape", [(384, 512), (60, 5), (3, 3), (7, 100)])
def test_quality_is_that_of_unrounded_luma(shape):
    image = np.random.default_rng(3).integers(0, 256, (3, *shape), dtype=np.uint8)
    image = image // np.array([1, 3, 7], np.uint8)[:, None, None]
    exact = luma(image)
    edges = laplacian(exact)
    bands = np.array_split(edges, min(6, edges.shape[0]), axis=0)
    tiles = [tile.var() for band in bands for tile in np.array_split(band, min(6, edges.shape[1]), axis=1)]
    detail = np.percentile(tiles, 75)
    quality = measure(grey(image))
    assert quality.sharpness == pytest.approx(detail / (detail + 150), abs=0.004)
    assert quality.contrast == pytest.approx(min(exact.std() / 51, 1), abs=0.002)


def test_face_quality_wants_sharp_large_frontal_faces():
    chip = textured()[:, :CHIP_SIZE, :CHIP_SIZE]
    best = face_quality(chip, FRONTAL, 200)
    profile = FRONTAL.copy()
    profile[2, 0] = 132
    assert best > 0.8
    assert face_quality(chip, FRONTAL, 12) < 0.6 * best
    assert face_quality(textured(blur=6)[:, :CHIP_SIZE, :CHIP_SIZE], FRONTAL, 200) < 0.6 * best
    assert face_quality(chip, profile, 200) == 0
    assert frontality(np.zeros((5, 2))) == 0
