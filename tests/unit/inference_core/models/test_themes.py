from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from inference_core.heads.themes import ThemeHead
from inference_core.models.errors import ModelNotBuilt
from inference_core.models.labels import read_labels
from inference_core.models.theme_arrays import open_themes
from inference_core.models.themes import read_themes, write_themes
from tests.unit.inference_core.models.pictures import centre_crop, letterbox


def one_hot_texts(texts) -> np.ndarray:
    """A text model to which every text is a stranger to every other."""
    return np.eye(len(texts), 2000, dtype=np.float32)


@pytest.fixture(scope="module")
def lonely_head(tmp_path_factory) -> ThemeHead:
    """A head whose texts say nothing, so that classes and objects alone are heard."""
    path = tmp_path_factory.mktemp("themes") / "themes.npz"
    write_themes(one_hot_texts, path)
    return ThemeHead(path)


@pytest.fixture(scope="module")
def head() -> ThemeHead:
    try:
        return ThemeHead(open_themes())
    except ModelNotBuilt as error:
        pytest.skip(str(error))


def surely(label: str) -> np.ndarray:
    logits = np.zeros(1000, np.float32)
    logits[read_labels("imagenet").index(label)] = 20
    return logits


UNSURE = np.zeros(1000, np.float32)


def test_every_theme_can_be_found():
    themes = read_themes()
    assert len(themes) >= 60
    assert len({theme.title for theme in themes}) == len(themes)
    assert all(theme.prompts or theme.classes or theme.objects for theme in themes)
    assert all(0 < theme.trust <= 1 for theme in themes)


def test_ranges_hold_all_between_their_ends():
    dogs = next(theme for theme in read_themes() if theme.id == "dogs")
    assert (dogs.classes[0], dogs.classes[-1], len(dogs.classes)) == (151, 268, 118)


def test_a_class_that_means_a_theme_names_it(lonely_head):
    assert lonely_head(surely("Golden Retriever"))[0] == ("dogs", pytest.approx(1, abs=1e-3))


def test_an_object_that_means_a_theme_names_it(lonely_head):
    assert [theme for theme, _ in lonely_head(UNSURE, [("skateboard", 0.5), ("skateboard", 0.9)])] == [
        "skateboard"
    ]


def test_an_unsure_object_names_nothing(lonely_head):
    assert lonely_head(UNSURE, [("skateboard", 0.35), ("person", 0.99)]) == []


def test_two_witnesses_are_surer_than_one(lonely_head):
    logits = surely("high-speed train")
    logits[0] = 20
    (_, alone), *_ = lonely_head(logits)
    (theme, together), *_ = lonely_head(logits, [("train", 0.7)])
    assert theme == "train"
    assert 1 >= together > alone


def test_scores_fall_and_stay_in_their_range(lonely_head):
    random = np.random.default_rng(3)
    for _ in range(50):
        objects = [(read_labels("coco")[i], float(random.random())) for i in random.integers(0, 80, 5)]
        scores = [score for _, score in lonely_head(random.normal(0, 4, 1000).astype(np.float32), objects)]
        assert scores == sorted(scores, reverse=True)
        assert all(0.3 <= score <= 1 for score in scores)


@pytest.mark.models
@pytest.mark.parametrize(
    ("label", "theme"),
    [
        ("mountain", "mountains"),
        ("bridegroom", "wedding"),
        ("ski", "snow"),
        ("lakeshore", "lake"),
        ("pizza", "food"),
    ],
)
def test_texts_agree_with_the_curated_classes(head, label, theme):
    assert head(surely(label))[0][0] == theme


@pytest.mark.models
@pytest.mark.parametrize(
    ("label", "theme"), [("fireboat", "sea"), ("military aircraft", "flight"), ("plate rack", "food")]
)
def test_texts_speak_where_no_class_is_curated(head, label, theme):
    assert read_labels("imagenet").index(label) not in {i for one in read_themes() for i in one.classes}
    assert theme in [one for one, _ in head(surely(label))]


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "theme"), [("coffee.png", "coffee"), ("cat.png", "cats"), ("motorcycle.png", "motorcycle")]
)
def test_known_photos(run_model, photo, head, name, theme):
    assert themes_of(run_model, head, photo(name))[0] == theme


@pytest.mark.models
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("azure/Innsbruck.jpg", {"bridge", "train", "mountains"}),
        ("azure/Jerusalem.jpg", {"market"}),
        ("azure/Rome.jpg", {"church", "landmark", "city"}),
        ("azure/Thailand.jpg", {"market", "food"}),
        ("azure/cv_dog.jpg", {"dogs"}),
        ("azure/cv_objects.jpg", {"skateboard"}),
        ("lomiri/aitzgorri_by_Aitzol_Berasategi.jpg", {"mountains"}),
        ("lomiri/picosdeeuropa_by_Aitzol_Berasategi.jpg", {"mountains"}),
        ("lomiri/friends_by_Aitzol_Berasategi.jpg", {"dogs"}),
    ],
)
def test_themes_of_the_test_photos(run_model, head, data_dir: Path, name, accepted):
    image = ImageOps.exif_transpose(Image.open(data_dir / "places" / name)).convert("RGB")
    assert themes_of(run_model, head, image)[0] in accepted


@pytest.mark.models
@pytest.mark.data
def test_portraits_are_given_few_themes(run_model, head, data_dir: Path):
    portraits = sorted((data_dir / "people" / "azure").glob("Family*.jpg"))
    named = sum(bool(themes_of(run_model, head, Image.open(path).convert("RGB"))) for path in portraits)
    assert named <= 0.2 * len(portraits)


def themes_of(run_model, head: ThemeHead, image: Image.Image) -> list[str]:
    _, logits = run_model("classifier", image=centre_crop(image, 260))
    scores, _ = run_model("objects", image=letterbox(image, 416)[0])
    seen = zip(read_labels("coco"), scores[0].max(axis=0).tolist(), strict=True)
    return [theme for theme, _ in head(logits[0], [(name, score) for name, score in seen if score > 0.35])]
