"""Known photos, known answers: one for each model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from inference_core.models.build import open_model
from inference_core.models.labels import read_labels
from inference_core.models.registry import registry
from inference_core.models.text import TextEncoder
from tests.unit.inference_core.models.pictures import Face, centre_crop, chip, decode_faces, letterbox, tensor

pytestmark = pytest.mark.models


def find_faces(run_model, image: Image.Image, size: int = 640) -> list[Face]:
    pixels, scale = letterbox(image, size)
    return decode_faces(run_model("faces", image=pixels), scale)


def test_faces_finds_the_astronaut_and_her_landmarks(run_model, photo):
    (face,) = find_faces(run_model, photo("astronaut.png"))
    assert face.score > 0.7
    np.testing.assert_allclose(face.box, [180, 58, 271, 178], atol=8)
    left_eye, right_eye, nose, *mouth = face.landmarks
    np.testing.assert_allclose([left_eye, right_eye, nose], [[203, 103], [248, 103], [226, 125]], atol=5)
    assert all(point[1] > nose[1] for point in mouth)


@pytest.mark.parametrize(("name", "count"), [("group-3.jpg", 3), ("group-4.jpg", 4), ("coffee.png", 0)])
def test_faces_counts_a_group(run_model, photo, name, count):
    assert len(find_faces(run_model, photo(name))) == count


def test_faces_takes_any_multiple_of_32(run_model):
    shapes = [array.shape for array in run_model("faces", image=np.zeros((2, 3, 96, 160), np.uint8))]
    assert shapes == [(2, 1, 24, 40), (2, 2, 24, 40), (2, 2, 24, 40), (2, 10, 24, 40)]


def test_face_embedding_tells_people_apart_and_knows_one_in_other_light(run_model, photo):
    image = photo("group-4.jpg")
    chips = [chip(image, face) for face in find_faces(run_model, image)]
    darker = [ImageEnhance.Brightness(one).enhance(0.6) for one in chips]
    vectors, dark = (
        run_model("face_embedding", image=np.concatenate([tensor(one) for one in some]))[0]
        for some in (chips, darker)
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    distances = np.linalg.norm(vectors[:, None] - dark[None], axis=2)
    same = np.eye(len(chips), dtype=bool)
    assert distances[same].max() < 0.2
    assert distances[~same].min() > 0.35


def test_face_embedding_does_not_see_which_way_a_face_looks(run_model, photo):
    image = photo("astronaut.png")
    face = chip(image, find_faces(run_model, image)[0])
    here, mirrored = run_model(
        "face_embedding", image=np.concatenate([tensor(face), tensor(ImageOps.mirror(face))])
    )[0]
    np.testing.assert_allclose(here, mirrored, atol=1e-5)


@pytest.mark.parametrize("model", ["classifier", "classifier_small"])
@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("coffee.png", {"espresso"}),
        ("cat.png", {"Egyptian Mau", "tabby cat", "striped cat"}),
        ("motorcycle.png", {"moped", "motor scooter", "disc brake", "crash helmet"}),
    ],
)
def test_classifier_names_what_is_there(run_model, photo, model, name, classes):
    size = int(registry().model(model).inputs[0].shape[-1])
    embedding, logits = run_model(model, image=centre_crop(photo(name), size))
    assert embedding.shape == (1, 1280)
    assert read_labels("imagenet")[int(logits[0].argmax())] in classes


@pytest.mark.parametrize(
    ("name", "label", "box"),
    [
        ("cat.png", "cat", None),
        ("motorcycle.png", "motorcycle", None),
        ("astronaut.png", "person", (15, 15, 365, 510)),
        ("group-3.jpg", "person", None),
    ],
)
def test_objects_names_and_places_what_is_there(run_model, photo, name, label, box):
    pixels, scale = letterbox(photo(name), 416)
    scores, boxes = run_model("objects", image=pixels)
    assert scores.min() >= 0
    assert scores.max() <= 1
    place, category = np.unravel_index(scores[0].argmax(), scores[0].shape)
    assert read_labels("coco")[category] == label
    assert scores[0, place, category] > 0.5
    if box is not None:
        np.testing.assert_allclose(boxes[0, place] / scale, box, atol=20)


@pytest.mark.parametrize("name", ["coffee.png", "cat.png", "astronaut.png", "group-1.jpg"])
def test_sensitive_lets_everyday_photos_pass(run_model, photo, name):
    (probabilities,) = run_model("sensitive", image=tensor(photo(name).resize((224, 224))))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities[0, 1] < 0.3


def test_sensitive_ranks_bare_skin_above_a_cat(run_model, photo):
    bare, cat = (
        run_model("sensitive", image=tensor(photo(name).resize((224, 224))))[0][0, 1]
        for name in ("group-5.jpg", "cat.png")
    )
    assert bare > 5 * cat


def test_smile_sees_the_astronaut_smile(run_model, photo):
    image = photo("astronaut.png")
    left, top, right, bottom = find_faces(run_model, image)[0].box
    face = image.resize((64, 64), box=(left, top, right, bottom))
    (probabilities,) = run_model("smile", image=tensor(face))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert registry().model("smile").labels[int(probabilities[0].argmax())] == "happy"


def test_text_puts_like_beside_like(run_model):
    run_model("text", input_ids=np.ones((1, 2), np.int64), attention_mask=np.ones((1, 2), np.int64))
    vectors = TextEncoder(open_model("text"))(
        ["a dog", "a puppy", "a car", "the dog plays on a beach in summer"]
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    puppy, car, _ = vectors[1:] @ vectors[0]
    assert puppy > 0.7
    assert car < 0.5


def test_text_does_not_depend_on_its_neighbours(run_model):
    run_model("text", input_ids=np.ones((1, 2), np.int64), attention_mask=np.ones((1, 2), np.int64))
    encode = TextEncoder(open_model("text"))
    alone = encode(["a dog"])
    beside = encode(["a dog", "a much longer sentence, beside which the first one has to be padded"])
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-5)
    assert encode([]).shape == (0, 384)


@pytest.mark.parametrize(
    "model", [name for name, spec in registry().models.items() if name not in ("faces", "text")]
)
def test_a_batch_gives_what_its_photos_give_alone(run_model, model):
    shape = registry().model(model).inputs[0].shape[1:]
    images = np.random.default_rng(7).integers(0, 256, (3, *shape), dtype=np.uint8)
    together = run_model(model, image=images)
    alone = [run_model(model, image=images[i : i + 1]) for i in range(3)]
    for k, whole in enumerate(together):
        np.testing.assert_allclose(whole, np.concatenate([one[k] for one in alone]), rtol=1e-3, atol=1e-3)


@pytest.mark.data
def test_face_embedding_separates_people_of_the_test_photos(run_model, data_dir: Path):
    vectors, names = [], []
    for path in sorted((data_dir / "people" / "azure").glob("Family1-*.jpg")):
        image = Image.open(path).convert("RGB")
        face = find_faces(run_model, image)[0]
        vectors.append(run_model("face_embedding", image=tensor(chip(image, face)))[0][0])
        names.append(path.stem.rstrip("0123456789"))
    distances = np.linalg.norm(np.array(vectors)[:, None] - np.array(vectors)[None], axis=2)
    same = np.equal.outer(names, names)
    upper = np.triu(np.ones_like(same), 1).astype(bool)
    assert np.median(distances[same & upper]) < 0.75 * np.median(distances[~same & upper])
