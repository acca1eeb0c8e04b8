"""What mutates the inputs: libFuzzer where clang has it, else a driver of our own for gcc's sanitizers."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CLANGS = ("clang", *(f"clang-{version}" for version in range(21, 13, -1)))
_OTHERS = ("gcc", "cc")
_SANITIZERS = "address,undefined"
_DRIVER = Path(__file__).with_name("driver.c")
_EMPTY_TARGET = "int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return (void)d, (void)n, 0; }"
_EMPTY_PROGRAM = "void __sanitizer_cov_trace_pc(void) {} int main(void) { return 0; }"


class Missing(Exception):
    """Something that fuzzing needs is not here; the message says what."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to fuzz.

    Attributes:
        name: For people.
        compiler: What compiles for it.
        flags: With these.
        driver: A C file that is linked in, compiled without its flags; None where the compiler brings one.
        coverage: The flags to have lines counted instead; empty where nothing here reads the counts.
    """

    name: str
    compiler: str
    flags: tuple[str, ...]
    driver: Path | None = None
    coverage: tuple[str, ...] = ()

    def objects(self, folder: Path) -> list[str]:
        """Return what a target is linked with, compiled into `folder`.

        Raises:
            RuntimeError: It does not compile.
        """
        if self.driver is None:
            return []
        made = folder / f"{self.driver.stem}.o"
        done = run([self.compiler, "-O2", "-c", str(self.driver), "-o", str(made)])
        if done.returncode:
            raise RuntimeError(f"{self.driver.name} does not compile:\n{done.stderr}")
        return [str(made)]

    def tool(self, name: str) -> str | None:
        """Return a tool of the compiler's own version, None where it is not installed."""
        found = run([self.compiler, f"-print-prog-name={name}"]).stdout.strip()
        return shutil.which(found)


def find_engine() -> Engine:
    """Return the best engine that this machine has.

    Raises:
        Missing: It has none.
    """
    for find in (libfuzzer, built_in):
        engine = find()
        if engine is not None:
            return engine
    raise Missing(
        "neither clang with libFuzzer nor gcc with its sanitizers is installed"
        " (Debian: apt-get install clang libclang-rt-dev)"
    )


def libfuzzer() -> Engine | None:
    """Return libFuzzer, None where no clang can link it."""
    flags = (f"-fsanitize=fuzzer,{_SANITIZERS}",)
    coverage = ("-fprofile-instr-generate", "-fcoverage-mapping", "-fsanitize=fuzzer")
    compiler = _first_that_links(_CLANGS, flags, _EMPTY_TARGET)
    return Engine("libFuzzer", compiler, flags, coverage=coverage) if compiler else None


def built_in() -> Engine | None:
    """Return our own driver, None where no gcc has the sanitizers."""
    flags = (f"-fsanitize={_SANITIZERS}", "-fsanitize-coverage=trace-pc")
    compiler = _first_that_links(_OTHERS, (flags[0],), _EMPTY_PROGRAM)
    return Engine("the driver for gcc", compiler, flags, driver=_DRIVER) if compiler else None


def run(command: list[str], source: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with `source` for it to read."""
    return subprocess.run(command, input=source, capture_output=True, text=True, check=False)


def _first_that_links(compilers: tuple[str, ...], flags: tuple[str, ...], source: str) -> str | None:
    for name in filter(shutil.which, compilers):
        if run([name, *flags, "-x", "c", "-", "-o", "/dev/null"], source).returncode == 0:
            return name
    return None
