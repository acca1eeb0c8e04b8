"""The examples for client writers do what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.storyroll import Storyroll

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.slow]

SEARCHED = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
GRPCURL = shutil.which("grpcurl", path=SEARCHED)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def photos(data_dir: Path) -> list[str]:
    """Photos of one afternoon, enough for a story."""
    return [str(path) for path in sorted((data_dir / "people" / "azure").glob("Family*.jpg"))]


def run(storyroll: Storyroll, out: Path, photos: list[str], *command: str) -> None:
    address = storyroll.start()
    token = storyroll.run("token", "--owner", "client").strip()
    subprocess.run(
        [*command, address, str(out), *photos],
        env=os.environ | {"STORYROLL_TOKEN": token, "PATH": SEARCHED},
        check=True,
        timeout=200,
    )
    with Image.open(out) as picture:
        picture.load()
        assert picture.size == (1080, 1920)


def test_the_python_client(storyroll: Storyroll, photos: list[str], tmp_path: Path) -> None:
    run(storyroll, tmp_path / "story.jpg", photos, sys.executable, str(EXAMPLES / "client.py"))


@pytest.mark.skipif(not GRPCURL, reason="grpcurl is neither on the PATH nor beside this Python")
def test_grpcurl(storyroll: Storyroll, photos: list[str], tmp_path: Path) -> None:
    run(storyroll, tmp_path / "story.jpg", photos, "sh", str(EXAMPLES / "grpcurl.sh"))
