"""Truncated, fuzzed and oversized files, all in one sync: each is accounted for and harms no other."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections import Counter
from pathlib import Path

import grpc
import pytest
from PIL import Image
from storyroll.inference.v1 import inference_pb2, inference_pb2_grpc

from services.cli.sync.outcome import Outcome
from services.cli.sync.walk import Walk
from services.rpc.channels import connect
from tests.e2e.owner import EVERYTHING, View
from tests.e2e.storyroll import Storyroll

pytestmark = [pytest.mark.models, pytest.mark.data]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder with one good photo."""
    folder = tmp_path / "good"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(jpeg((320, 240)))
    return folder


def jpeg(size: tuple[int, int]) -> bytes:
    """Return a picture with something in it."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(file, "JPEG")
    return file.getvalue()


async def test_every_corrupt_file_is_accounted_for_and_none_does_harm(
    shared: Storyroll, data_dir: Path, good: Path
) -> None:
    pid = shared.pid
    async with shared.owner("ana") as ana:
        await ana.grant(*EVERYTHING)
        outcome = await ana.sync(data_dir / "corrupt")
        assets = await ana.assets()
        report(outcome, assets)
        assert unaccounted(data_dir / "corrupt", outcome, assets) == []
        assert {asset["state"] for asset in assets.values()} == {"analysed", "unreadable"}
        assert [path for path, asset in assets.items() if asset["readable"] == bool(asset["reason"])] == []
        assert wrongly_unreadable(data_dir / "corrupt", assets) == []
        await ana.sync(good)
        described = (await ana.assets())["good.jpg"]
    assert (described["state"], described["width"], described["height"]) == ("analysed", 320, 240)
    assert described["quality"] is not None
    assert shared.pid == pid


def report(outcome: Outcome, assets: dict[str, View]) -> None:
    print(outcome.sentence(), *(f"refused {path}: {why}" for path, why in outcome.failed.items()), sep="\n")
    for (state, reason), count in Counter((a["state"], a["reason"]) for a in assets.values()).most_common():
        print(f"{count:4} {state} {reason}")


def unaccounted(folder: Path, outcome: Outcome, assets: dict[str, View]) -> list[str]:
    """Return the files that the server neither knows nor refused, those left aside being no media at all."""
    walk = Walk(folder)
    files = {file.relative: digest(file.path) for file in walk}
    assert outcome.skipped == walk.skipped
    assert len(files) + walk.skipped.total() == sum(path.is_file() for path in folder.rglob("*"))
    known = {files[path] for path in assets}
    return [path for path, sha256 in files.items() if sha256 not in known and not outcome.failed.get(path)]


def wrongly_unreadable(folder: Path, assets: dict[str, View]) -> list[str]:
    """Return the files that count as unreadable although Pillow reads them to the end."""
    return [path for path, asset in assets.items() if not asset["readable"] and pillow_reads(folder / path)]


def pillow_reads(path: Path) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


async def test_a_bad_picture_among_good_ones_fails_alone(shared: Storyroll, data_dir: Path) -> None:
    good = jpeg((640, 480))
    cut_off = (data_dir / "corrupt/pillow/truncated_image.png").read_bytes()
    pictures = [good, cut_off, good, b"no picture at all", good]
    requests = (
        inference_pb2.AnalyzeImagesRequest(item_id=str(number), image=picture)
        for number, picture in enumerate(pictures)
    )
    async with connect(shared.address, shared.token("ben")) as channel:
        stub = inference_pb2_grpc.InferenceServiceStub(channel)
        answers = {answer.item_id: answer async for answer in stub.AnalyzeImages(requests)}
    codes = [answers[str(number)].status.code for number in range(len(pictures))]
    assert [code == grpc.StatusCode.OK.value[0] for code in codes] == [True, False, True, False, True]
    assert all(answers[number].analysis.width == 640 for number in "024")
    assert all(answers[number].status.message for number in "13")
