"""clang with libFuzzer and the sanitizers, where the machine has them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DECODER = HERE.parents[1] / "inference_core" / "preprocess" / "jpeg"

_NAMES = ("clang", *(f"clang-{version}" for version in range(21, 13, -1)))
_FLAGS = ("-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", "-pthread")
_SANITIZERS = "address,undefined"
_TRANSFORMS = "idct.c"
_LIBJPEG = "jpeglib.h"


class Missing(Exception):
    """Something that fuzzing needs is not here; the message says what."""


@dataclass(frozen=True, slots=True)
class Target:
    """A fuzz target.

    Attributes:
        name: Its file without the ending.
        without: A file of the decoder that it brings its own of.
        own: That file, and whatever else it needs.
        libraries: What it is linked with.
    """

    name: str
    without: str = ""
    own: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    def sources(self, decoder: Path) -> list[str]:
        """Return the C files that make it."""
        core = (file for file in sorted(decoder.glob("*.c")) if not file.name.startswith("_"))
        kept = [str(file) for file in core if file.name != self.without]
        return [*(str(HERE / name) for name in (f"{self.name}.c", "picture.c", *self.own)), *kept]


DECODE = Target("decode")
DIFFERENTIAL = Target("differential", without=_TRANSFORMS, own=("coefficients.c",), libraries=("-ljpeg",))


def clang() -> str:
    """Return a clang that can link libFuzzer.

    Raises:
        Missing: There is none.
    """
    for name in filter(shutil.which, _NAMES):
        done = _run(
            [name, "-fsanitize=fuzzer,address", "-x", "c", "-", "-o", "/dev/null"], stdin=_EMPTY_TARGET
        )
        if done.returncode == 0:
            return name
    raise Missing("clang with libFuzzer is not installed (Debian: apt-get install clang libclang-rt-dev)")


def build(target: Target, decoder: Path, compiler: str, folder: Path, *, coverage: bool = False) -> Path:
    """Compile a target, with its sanitizers or to report coverage.

    Raises:
        Missing: It needs libjpeg's headers, and they are not installed.
        RuntimeError: It does not compile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / (f"{target.name}-coverage" if coverage else target.name)
    counters = ["-fprofile-instr-generate", "-fcoverage-mapping", "-fsanitize=fuzzer"]
    flags = [*_FLAGS, *(counters if coverage else [f"-fsanitize=fuzzer,{_SANITIZERS}"])]
    includes = [f"-I{decoder}", f"-I{HERE}"]
    command = [
        compiler,
        *flags,
        *includes,
        *target.sources(decoder),
        *target.libraries,
        "-lm",
        "-o",
        str(binary),
    ]
    done = _run(command)
    if done.returncode:
        if _LIBJPEG in done.stderr:
            raise Missing(f"{_LIBJPEG} is not installed (Debian: apt-get install libjpeg62-turbo-dev)")
        raise RuntimeError(f"{target.name} does not compile:\n{done.stderr}")
    return binary


def tool(compiler: str, name: str) -> str | None:
    """Return a tool of the compiler's own version, None where it is not installed."""
    found = _run([compiler, f"-print-prog-name={name}"]).stdout.strip()
    return shutil.which(found)


_EMPTY_TARGET = "int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return (void)d, (void)n, 0; }"


def _run(command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
