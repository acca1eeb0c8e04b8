"""The yardsticks of the preprocessing benchmark: references, PSNR, rivals, the document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference_core.preprocess import Orientation
from inference_core.preprocess.decode import choose_shrink
from tests.bench.preprocessing import table
from tests.bench.preprocessing.contenders import CONTENDERS, OURS, Contender
from tests.bench.preprocessing.goals import goals
from tests.bench.preprocessing.libraries.layout import upright
from tests.bench.preprocessing.libraries.storyroll import specs
from tests.bench.preprocessing.references import psnr, references, weights
from tests.bench.preprocessing.results import Comparison, Report, Row, Workload
from tests.bench.preprocessing.samples import Sample
from tests.bench.preprocessing.synthetic import encoded
from tests.bench.preprocessing.tasks import CROP, CROP_AND_LETTERBOX, OVERSAMPLING, Task

SIZES = [(4000, 3000), (3000, 4000), (8000, 6000), (1280, 960), (640, 480), (500, 224)]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    dice = np.random.default_rng(1)
    small = Image.fromarray(dice.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    file = tmp_path / "photo.jpg"
    file.write_bytes(encoded(small.resize((1001, 700), Image.Resampling.BICUBIC), orientation=6))
    return file


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", [CROP, CROP_AND_LETTERBOX])
def test_peers_shrink_as_far_as_this_project_does(size: tuple[int, int], task: Task) -> None:
    assert task.shrink(*size, OVERSAMPLING) == choose_shrink(size, specs(task))


@pytest.mark.parametrize(
    ("name", "kind"), [("triangle", Image.Resampling.BILINEAR), ("lanczos", Image.Resampling.LANCZOS)]
)
def test_reference_filters_are_those_of_the_field(name: str, kind: Image.Resampling) -> None:
    line = np.random.default_rng(2).random((1, 997), dtype=np.float32)
    exact = weights(997, (98.5, 898.5), 224, name) @ line[0].astype(np.float64)
    peer = np.asarray(Image.fromarray(line).resize((224, 1), kind, box=(98.5, 0, 898.5, 1)))[0]
    assert np.abs(exact - peer).max() < 1e-6


def test_area_weights_split_a_pixel_between_its_neighbours() -> None:
    assert weights(3, (0, 3), 2, "area") == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]))


def test_a_reference_holds_against_pillow_to_its_rounding(photo: Path, tmp_path: Path) -> None:
    crop, whole = references(photo, CROP_AND_LETTERBOX, tmp_path)
    image = Image.open(photo).transpose(Image.Transpose.ROTATE_270)
    made = image.resize((224, 224), Image.Resampling.BILINEAR, box=(0, 150.5, 700, 850.5))
    assert psnr(np.asarray(made).transpose(2, 0, 1), crop["triangle"]) > 55
    assert whole["area"].shape == (3, 640, 448)


def test_psnr_of_a_known_error_leaves_the_padding_out() -> None:
    output = np.full((3, 8, 8), 10, np.uint8)
    output[:, 2:6] = 110
    assert psnr(output, np.full((3, 4, 8), 100.0)) == pytest.approx(10 * np.log10(255**2 / 100))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_peers_are_turned_upright_as_exif_says(orientation: int) -> None:
    stored = np.random.default_rng(3).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    turned = upright(stored, orientation)
    x, y, _ = Orientation(orientation).to_stored((turned.shape[1], turned.shape[0])) @ (0.5, 0.5, 1)
    assert np.array_equal(turned[0, 0], stored[int(y), int(x)])


def test_a_hurried_library_is_a_rival_only_where_its_picture_is_as_good(photo: Path) -> None:
    blurred = _comparison(photo, CROP, hurried_psnr=42.0).best_library()
    sharp = _comparison(photo, CROP, hurried_psnr=49.0).best_library()
    assert blurred is not None
    assert sharp is not None
    assert (blurred.contender.hurried, sharp.contender.hurried) == (False, True)


def test_goals_say_ok_or_short(photo: Path) -> None:
    lines = goals(_report(photo))
    assert lines[0] == "goal 12mp-224-vs-best-library: 3.00 (want >= 2.5) ok"
    assert lines[1] == "goal 12mp-224-vs-pillow: nan (want >= 6) short"
    assert lines[-1] == "goal 48mp-memory: 0.75 (want >= 1) short"
    assert "goal two-threads-one-photo: 1.80 (want >= 1.8) ok" in lines
    assert len(lines) == 9


def test_writing_twice_replaces_the_section_and_keeps_the_rest(photo: Path, tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("# Benchmarks\n\nBefore.\n", encoding="utf-8")
    table.write(_report(photo), document)
    with document.open("a", encoding="utf-8") as file:
        file.write("\nAfter.\n")
    once = document.read_text(encoding="utf-8")
    table.write(_report(photo), document)
    assert document.read_text(encoding="utf-8") == once
    assert once.count("## Preprocessing") == 1
    assert once.startswith("# Benchmarks\n\nBefore.\n")
    assert once.endswith("\nAfter.\n")


def _comparison(photo: Path, task: Task, hurried_psnr: float, kind: str = "12 MP") -> Comparison:
    ours = next(each for each in CONTENDERS if each.name == OURS)
    careful = Contender("careful", "pillow", "pillow")
    hurried = Contender("hurried", "pillow", "pillow", oversampling=1.0)
    rows = (
        Row(ours, (50.0,), [0.01, 0.02, 0.01]),
        Row(careful, (35.0,), [0.03]),
        Row(hurried, (hurried_psnr,), [0.02]),
    )
    return Comparison(Workload(Sample(kind, (photo,), "generated"), task), rows, {"DALI": "does not install"})


def _report(photo: Path) -> Report:
    kinds = [("12 MP", CROP), ("12 MP", CROP_AND_LETTERBOX), ("48 MP", CROP)]
    comparisons = tuple(_comparison(photo, task, 42.0, kind) for kind, task in kinds)
    return Report(comparisons, {OURS: 8_000_000}, 1.9, 1.8, rounds=3)
