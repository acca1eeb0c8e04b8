"""`python -m examples.demo` from nothing to a page that someone would open."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import av
import pytest
from PIL import Image

from examples.demo_album.credits import STATEMENT

pytestmark = [pytest.mark.models, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]


class Page(HTMLParser):
    """What a page says, and which files it shows."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.shown: set[str] = set()
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shown |= {value for name, value in attrs if name in ("src", "poster", "href") and value}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def gallery(tmp_path: Path, models: None) -> Path:
    """The gallery of the demo, run as a newcomer runs it."""
    environment = os.environ | {"STORYROLL_STATE": str(tmp_path / "state")}
    command = [sys.executable, "-m", "examples.demo", "--out", str(tmp_path / "demo")]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert str(tmp_path / "demo/gallery/index.html") in ended.stdout
    return tmp_path / "demo/gallery"


def test_the_demo_ends_with_a_gallery(gallery: Path) -> None:
    page = Page(gallery / "index.html")
    files = {name for name in page.shown if not name.startswith("#")}
    assert [name for name in files if "://" in name or not (gallery / name).is_file()] == []
    assert STATEMENT in " ".join(page.text.split())
    assert "Nora turns 31" in page.text
    collages = [gallery / name for name in files if name.endswith(".jpg") and "-poster" not in name]
    videos = [gallery / name for name in files if name.endswith(".mp4")]
    assert len(collages) >= 3
    assert videos
    for path in collages:
        with Image.open(path) as picture:
            picture.load()
    for path in videos:
        with av.open(str(path)) as container:
            assert len(list(container.decode(video=0))) > 90
