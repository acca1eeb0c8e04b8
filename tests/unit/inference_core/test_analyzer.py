"""Whole photos and videos through the real models."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from inference_core.analysis import Analysis, Content, Face, ObjectSeen, Task
from inference_core.analyzer import Analyzer
from inference_core.errors import EngineUnavailable, ImageTooLarge, UnreadableImage
from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer, local_engine
from inference_core.looking import CONTENT_MODELS, FACE_MODELS, Labels
from inference_core.merging import merge_contents, merge_faces
from inference_core.models.assets import open_asset
from inference_core.models.errors import ModelError

ALL = frozenset(Task)
FACES, CONTENT = frozenset({Task.FACES}), frozenset({Task.CONTENT})


@pytest.fixture
async def analyzer() -> AsyncIterator[Analyzer]:
    with IsolatedPool(workers=2) as pool:
        try:
            made = local_analyzer(pool)
        except EngineUnavailable as error:
            pytest.skip(str(error))
        yield made
        await made.close()


@pytest.fixture(scope="session")
def astronaut() -> Image.Image:
    """A portrait with one smiling face, 512 x 512."""
    try:
        return Image.open(open_asset("astronaut.png")).convert("RGB")
    except ModelError as error:
        pytest.skip(str(error))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.models
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
async def test_a_portrait_is_understood(analyzer, astronaut, kind):
    seen = await analyzer.analyze(encoded(astronaut, kind), "image/any", ALL)
    assert (seen.width, seen.height, seen.duration) == (512, 512, 0)
    (face,) = seen.faces
    np.testing.assert_allclose(face.box, (0.35, 0.14, 0.53, 0.37), atol=0.05)
    assert face.score > 0.8
    assert face.smile > 0.8
    assert face.quality > 0.6
    assert 0.15 < face.eyes_open < 0.5
    assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-4)
    assert seen.content.objects[0].label == "person"
    assert seen.content.embedding.shape == (1280,)
    assert seen.content.sensitive < 0.3
    assert seen.content.quality > 0.5


@pytest.mark.models
async def test_orientation_and_scale_change_nothing(analyzer, astronaut):
    large = astronaut.resize((2048, 2048), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = large.transpose(Image.Transpose.ROTATE_90)
    plain, rotated = await asyncio.gather(
        analyzer.analyze(encoded(astronaut), "image/jpeg", ALL),
        analyzer.analyze(encoded(turned, exif=exif), "image/jpeg", ALL),
    )
    np.testing.assert_allclose(rotated.faces[0].box, plain.faces[0].box, atol=0.02)
    assert rotated.faces[0].embedding @ plain.faces[0].embedding > 0.97
    assert rotated.content.embedding @ plain.content.embedding > 0.8


@pytest.mark.models
async def test_a_small_face_in_a_large_photo_is_cut_from_a_sharper_decode(analyzer, astronaut):
    page = Image.new("RGB", (4096, 3072), (90, 120, 90))
    page.paste(astronaut, (3000, 2000))
    far, near = await asyncio.gather(
        analyzer.analyze(encoded(page, quality=95), "image/jpeg", FACES),
        analyzer.analyze(encoded(astronaut, quality=95), "image/jpeg", FACES),
    )
    (face,) = far.faces
    np.testing.assert_allclose(face.box[:2], (0.775, 0.675), atol=0.01)
    assert face.embedding @ near.faces[0].embedding > 0.97


class Spy:
    """The real engine, and a list of what it was asked."""

    def __init__(self) -> None:
        self._engine = local_engine()
        self.models = self._engine.models
        self.parallelism = self._engine.parallelism
        self.asked: Counter[str] = Counter()

    def lease(self, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
        return self._engine.lease(shape)

    async def infer(self, model: str, batch: npt.NDArray[Any]) -> Mapping[str, npt.NDArray[Any]]:
        self.asked[model] += len(batch)
        return await self._engine.infer(model, batch)

    async def close(self) -> None:
        await self._engine.close()


@pytest.mark.models
@pytest.mark.parametrize(
    ("tasks", "models"), [(FACES, FACE_MODELS), (CONTENT, CONTENT_MODELS), (frozenset(), ())]
)
async def test_only_the_models_of_the_task_run(astronaut, tasks, models):
    spy, labels = Spy(), Labels([str(i) for i in range(1000)], [str(i) for i in range(80)])
    with IsolatedPool(workers=1) as pool:
        analyzer = Analyzer(spy, pool, labels)
        try:
            seen = await analyzer.analyze(encoded(astronaut), "image/jpeg", tasks)
        except EngineUnavailable as error:
            pytest.skip(str(error))
        finally:
            await analyzer.close()
    assert set(spy.asked) == set(models)
    assert (seen.faces is not None) == (Task.FACES in tasks)
    assert (seen.content is not None) == (Task.CONTENT in tasks)


@pytest.mark.models
async def test_a_video_is_the_best_of_its_frames(analyzer, astronaut):
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 512
        stream.codec_context.gop_size = 5
        stream.codec_context.bit_rate = 8_000_000
        for index in range(20):
            picture = astronaut if index < 10 else Image.new("RGB", (512, 512), "black")
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    seen = await analyzer.analyze(file.getvalue(), "video/mp4", ALL)
    assert seen.duration == pytest.approx(4, abs=0.3)
    assert [face.eyes_open for face in seen.faces] == [None]
    assert seen.content.quality > 0.5
    assert seen.content.objects[0].label == "person"


@pytest.mark.models
async def test_a_bad_photo_among_good_ones_fails_alone(analyzer, astronaut):
    good = encoded(astronaut)
    files = [good, good[:3000], b"", good, b"hello"]
    seen = await asyncio.gather(
        *(analyzer.analyze(data, "image/jpeg", ALL) for data in files), return_exceptions=True
    )
    assert [isinstance(one, UnreadableImage) for one in seen] == [False, True, True, False, True]


async def test_models_that_are_not_built_are_said_to_be_missing(tmp_path):
    with IsolatedPool() as pool, pytest.raises(EngineUnavailable, match="storyroll models build"):
        local_analyzer(pool, cache=tmp_path)


@pytest.mark.models
@pytest.mark.data
async def test_all_corrupt_files_get_an_answer(analyzer, data_dir):
    files = sorted(path for path in (data_dir / "corrupt").rglob("*") if path.is_file())

    jobs = (analyzer.analyze(data, "image/any", ALL) for data in map(Path.read_bytes, files))
    seen = await asyncio.gather(*jobs, return_exceptions=True)
    counts = Counter(type(one) for one in seen)
    print(f"{len(files)} corrupt files: {dict(counts)}")
    assert counts.keys() <= {Analysis, UnreadableImage, ImageTooLarge}
    assert min(counts[Analysis], counts[UnreadableImage]) >= 50


@pytest.mark.models
@pytest.mark.data
async def test_people_are_found_and_told_apart(analyzer, data_dir):
    folder = data_dir / "people" / "azure"
    names = [f"Family1-{who}{number}.jpg" for who in ("Dad", "Mom", "Son") for number in (1, 2)]
    seen = await asyncio.gather(
        *(analyzer.analyze((folder / name).read_bytes(), "image/jpeg", FACES) for name in names)
    )
    vectors = [photo.faces[0].embedding for photo in seen]
    same = [float(vectors[i] @ vectors[i + 1]) for i in (0, 2, 4)]
    others = [float(vectors[i] @ vectors[j]) for i, j in ((0, 2), (0, 4), (2, 4))]
    assert min(same) > max(others)
    group = await analyzer.analyze((folder / "identification1.jpg").read_bytes(), "image/jpeg", FACES)
    assert len(group.faces) == 4


def face(direction: int, quality: float, lean: float = 0.0) -> Face:
    vector = np.zeros(128, np.float32)
    vector[direction], vector[127] = np.cos(lean), np.sin(lean)
    return Face((0, 0, 1, 1), (), 0.9, vector, quality, 0.5)


def test_faces_of_frames_are_merged_into_people():
    frames = [[face(0, 0.3), face(1, 0.9)], [face(0, 0.8, lean=0.2)], [face(0, 0.5), face(0, 0.4)]]
    assert [one.quality for one in merge_faces(frames)] == [0.9, 0.8, 0.4]
    assert merge_faces([[], []]) == ()


def test_contents_of_frames_are_merged():
    unit_x, unit_y = np.eye(1280, dtype=np.float32)[:2]
    dog, cat = ObjectSeen("dog", 0.5, (0, 0, 1, 1)), ObjectSeen("cat", 0.9, (0, 0, 1, 1))
    first = Content((("a", 0.4),), (dog,), (("t", 0.2),), unit_x, 0.1, 0.3, 0.3, 0.3, 0.3)
    second = replace(
        first, tags=(("b", 0.6), ("a", 0.1)), objects=(cat, replace(dog, score=0.7)),
        embedding=unit_y, sensitive=0.8, quality=0.6, sharpness=0.7,
    )  # fmt: skip
    merged = merge_contents([first, second])
    assert merged.tags == (("b", 0.6), ("a", 0.4))
    assert [(seen.label, seen.score) for seen in merged.objects] == [("cat", 0.9), ("dog", 0.7)]
    assert (merged.sensitive, merged.quality, merged.sharpness) == (0.8, 0.6, 0.7)
    np.testing.assert_allclose(merged.embedding[:2], [0.5**0.5] * 2, rtol=1e-6)
