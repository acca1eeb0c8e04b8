"""What decides between Pillow and pillow-simd: the headers that are here, and a try of all that is asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from install import picture_formats, pillow_simd

ROOT = Path(pillow_simd.__file__).parents[1]

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


@needs_compiler
def test_a_compiler_without_headers_lacks_every_package() -> None:
    lacking = pillow_simd.lacking_packages("cc -nostdinc -I/nowhere")
    assert {"libjpeg-dev", "zlib1g-dev", "libwebp-dev"} <= set(lacking) <= set(pillow_simd.PACKAGES.values())


@needs_compiler
def test_headers_that_are_here_are_not_asked_for(tmp_path: Path) -> None:
    for header in ("jpeglib.h", "zlib.h", "webp/demux.h"):
        (tmp_path / header).parent.mkdir(exist_ok=True)
        (tmp_path / header).touch()
    lacking = pillow_simd.lacking_packages(f"cc -nostdinc -I{tmp_path}")
    assert not {"libjpeg-dev", "zlib1g-dev", "libwebp-dev"} & set(lacking)
    assert {"liblcms2-dev", "libtiff-dev"} <= set(lacking)


def test_without_a_compiler_there_is_a_reason() -> None:
    with pytest.raises(pillow_simd.Unfit, match="no compiler no-such-cc"):
        pillow_simd.lacking_packages("no-such-cc")


def test_a_wish_that_is_none_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, pillow_simd.__file__],
        env={"STORYROLL_PILLOW": "faster"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "STORYROLL_PILLOW is 'faster'" in done.stderr


def test_the_library_that_is_here_does_all_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert picture_formats.main() == 0
    assert capsys.readouterr().out == ""


def test_a_format_that_is_lost_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.init()
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "WEBP"])
    monkeypatch.delitem(Image.OPEN, "WEBP")
    monkeypatch.delitem(Image.SAVE, "TIFF")
    assert picture_formats.main() == 1
    assert capsys.readouterr().out == "it lacks WEBP, TIFF\n"
