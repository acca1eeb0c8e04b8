"""What fuzzing starts from and has found: read by the decoder as users meet it, and under sanitizers."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference_core.errors import UnreadableImage
from inference_core.preprocess import CenterCrop, OutputSpec, kernels, preprocess
from tests.fuzz.corpus import LONGEST, REGRESSIONS, encoded, write_corpus
from tests.fuzz.engine import Missing, built_in, run
from tests.fuzz.toolchain import DECODE, DECODER, DIFFERENTIAL, Target, build

if kernels.COMPILED:
    from inference_core.preprocess.jpeg import _jpeg

SPECS = [(OutputSpec(side, side, CenterCrop()),) for side in (4, 32, 64)]
FOUND = sorted(REGRESSIONS.iterdir())


def test_the_corpus_holds_every_sampling_and_all_of_it_is_whole() -> None:
    samplings, files = set(), list(encoded())
    for data in files:
        with Image.open(io.BytesIO(data)) as image:
            samplings.add(image.layer[0][1:3])
            if image.size == (64, 64):
                image.load()
    assert samplings == {(1, 1), (2, 1), (2, 2), (1, 2), (4, 1)}
    assert len(files) > 100


@pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")
def test_of_the_corpus_luma_is_that_of_libjpeg() -> None:
    compared = 0
    for data in encoded():
        header = _jpeg.Header(data)
        planes = None if header.status else _jpeg.decode(data, header, 8, 8)
        if planes is None or planes.missing:
            continue
        exact = luma(data)
        levels = planes.samples[0][: exact.shape[0], : exact.shape[1]] / 8 + 128
        assert np.abs(np.clip(levels, 0, 255) - exact).max() < 1.5
        compared += 1
    assert compared > 100


def luma(data: bytes) -> np.ndarray:
    """What libjpeg decodes, before colours are converted."""
    with Image.open(io.BytesIO(data)) as image:
        if image.mode == "RGB":
            image.draft("YCbCr", image.size)
        levels = np.asarray(image, np.float32)
    return levels if levels.ndim == 2 else levels[:, :, 0]


@pytest.mark.slow
@pytest.mark.parametrize("target", [DECODE, DIFFERENTIAL], ids=lambda target: target.name)
def test_nothing_is_found_with_any_file_under_the_sanitizers(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = built_in()
    if engine is None:
        pytest.skip("no gcc with its sanitizers")
    try:
        binary = build(target, DECODER, engine, tmp_path)
    except Missing as reason:
        pytest.skip(str(reason))
    monkeypatch.delenv("STORYROLL_TEST_DATA", raising=False)
    count = write_corpus(tmp_path / "corpus")
    options = ["-max_total_time=0", f"-max_len={LONGEST}", f"-artifact_prefix={tmp_path}/"]
    done = run([str(binary), *options, str(tmp_path / "corpus")])
    assert done.returncode == 0, done.stderr
    assert f"number_of_executed_units: {count}\n" in done.stderr


@pytest.mark.parametrize("specs", SPECS, ids=lambda specs: str(specs[0].width))
@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.name)
def test_files_that_fuzzing_found_give_a_picture_or_a_reason(
    file: Path, specs: tuple[OutputSpec, ...]
) -> None:
    with suppress(UnreadableImage):
        (tensor,) = preprocess(file.read_bytes(), specs).tensors
        assert tensor.shape == (3, specs[0].height, specs[0].width)


def test_regressions_stay_small() -> None:
    assert max(file.stat().st_size for file in FOUND) <= 4096
    assert sum(file.stat().st_size for file in FOUND) <= 200_000
