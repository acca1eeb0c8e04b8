"""What is fuzzed, and how it is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.engine import Engine, Missing, run

HERE = Path(__file__).parent
DECODER = HERE.parents[1] / "inference_core" / "preprocess" / "jpeg"

_FLAGS = ("-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", "-pthread")
_TRANSFORMS = "idct.c"
_LIBJPEG = "jpeglib.h"


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


def build(target: Target, decoder: Path, engine: Engine, folder: Path, *, coverage: bool = False) -> Path:
    """Compile a target, with the engine's sanitizers or to report coverage.

    Raises:
        Missing: It needs libjpeg's headers, and they are not installed.
        RuntimeError: It does not compile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / (f"{target.name}-coverage" if coverage else target.name)
    flags = [*_FLAGS, *(engine.coverage if coverage else engine.flags)]
    includes = [f"-I{decoder}", f"-I{HERE}"]
    command = [
        engine.compiler,
        *flags,
        *includes,
        *target.sources(decoder),
        *engine.objects(folder),
        *target.libraries,
        "-lm",
        "-o",
        str(binary),
    ]
    done = run(command)
    if done.returncode:
        if _LIBJPEG in done.stderr:
            raise Missing(f"{_LIBJPEG} is not installed (Debian: apt-get install libjpeg62-turbo-dev)")
        raise RuntimeError(f"{target.name} does not compile:\n{done.stderr}")
    return binary
