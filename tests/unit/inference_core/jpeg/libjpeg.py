"""libjpeg behind ctypes, built for the tests where its headers are installed."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

_SOURCES = Path(__file__).parents[4] / "inference_core/preprocess/jpeg"


class Libjpeg:
    """The functions of `reference.c`."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.encode.restype = ctypes.c_ulong
        self._library.compare.restype = ctypes.c_long

    def encode(
        self,
        pixels: npt.NDArray[np.uint8],
        quality: int,
        sampling: tuple[int, int] = (2, 2),
        restart: int = 0,
        optimise: bool = False,
    ) -> bytes:
        height, width, components = pixels.shape
        room = 4096 + 12 * pixels.size
        out = ctypes.create_string_buffer(room)
        size = self._library.encode(
            np.ascontiguousarray(pixels).ctypes.data_as(ctypes.c_void_p),
            width, height, components, quality, *sampling, restart, int(optimise), out, ctypes.c_ulong(room),
        )  # fmt: skip
        assert size, "libjpeg could not encode this"
        return out.raw[:size]

    def compare(self, data: bytes, luma: int, chroma: int) -> int:
        """How many blocks of ours differ; -1 where libjpeg has an objection, -2 where ours refuses."""
        return self._library.compare(data, ctypes.c_ulong(len(data)), luma, chroma)


def build(folder: Path) -> Libjpeg:
    """Compile `reference.c` with the decoder; skips the test where that is not possible."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the reference with")
    library = folder / "reference.so"
    own = sorted(path for path in _SOURCES.glob("*.c") if not path.name.startswith("_"))
    flags = ["-O2", "-ffp-contract=off", "-pthread", "-shared", "-fPIC", f"-I{_SOURCES}"]
    done = subprocess.run(
        [compiler, *flags, "-o", library, Path(__file__).with_name("reference.c"), *own, "-ljpeg", "-lm"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "jpeglib.h" in done.stderr or "-ljpeg" in done.stderr:
        pytest.skip("libjpeg's headers are not installed (Debian: libjpeg62-turbo-dev)")
    assert done.returncode == 0, done.stderr
    return Libjpeg(library)
