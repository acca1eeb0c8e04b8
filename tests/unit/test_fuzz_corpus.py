"""What fuzzing starts from, and what it has found: read here by the decoder as users meet it."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from inference_core.errors import UnreadableImage
from inference_core.preprocess import CenterCrop, OutputSpec, preprocess
from tests.fuzz.corpus import REGRESSIONS, write_corpus

SPECS = [(OutputSpec(side, side, CenterCrop()),) for side in (4, 32, 64)]


def test_the_corpus_holds_every_sampling_and_all_of_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORYROLL_TEST_DATA", raising=False)
    count = write_corpus(tmp_path)
    samplings = set()
    for file in tmp_path.iterdir():
        with Image.open(io.BytesIO(file.read_bytes())) as image:
            samplings.add(image.layer[0][1:3])
            if image.size == (64, 64):
                image.load()
    assert samplings == {(1, 1), (2, 1), (2, 2), (1, 2), (4, 1)}
    assert count == len(list(tmp_path.iterdir())) > 100


@pytest.mark.parametrize("file", sorted(REGRESSIONS.iterdir()), ids=lambda file: file.name)
@pytest.mark.parametrize("specs", SPECS, ids=lambda specs: str(specs[0].width))
def test_files_that_fuzzing_found_give_a_picture_or_a_reason(
    file: Path, specs: tuple[OutputSpec, ...]
) -> None:
    with suppress(UnreadableImage):
        (tensor,) = preprocess(file.read_bytes(), specs).tensors
        assert tensor.shape == (3, specs[0].height, specs[0].width)
