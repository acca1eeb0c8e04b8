"""Put pillow-simd in the place of Pillow, where it builds and does all that Pillow is used for.

Both are the package `PIL`, so an environment has one or the other. pillow-simd comes as source, for
x86-64 alone, and is built for this machine; it can do what the headers around it let it do. So it is
built and tried beside Pillow first, and Pillow goes only then. AVIF comes from a package of its own
(pillow-avif-plugin): the libavif that distributions have is often older than pillow-simd asks for.

Run: make pillow (and make setup), or python install/pillow_simd.py in the environment itself.
STORYROLL_PILLOW=simd fails where pillow-simd cannot be had; STORYROLL_PILLOW=pillow goes back.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "pillow-simd.lock"
PILLOW_LOCK = HERE.parent / "requirements.lock"
PROBE = HERE / "picture_formats.py"

PACKAGES = {
    "ft2build.h": "libfreetype-dev",
    "jpeglib.h": "libjpeg-dev",
    "lcms2.h": "liblcms2-dev",
    "openjpeg.h": "libopenjp2-7-dev",
    "raqm.h": "libraqm-dev",
    "tiffio.h": "libtiff-dev",
    "webp/demux.h": "libwebp-dev",
    "zlib.h": "zlib1g-dev",
}
"""The headers that pillow-simd needs to do what Pillow's wheels do, and Debian's packages of them."""

_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
_WISHES = ("", "simd", "pillow")
_NESTED = ("freetype2", "openjpeg-2.*")
_ALL = ("pillow", "pillow-simd", "pillow-avif-plugin")


class Unfit(Exception):
    """pillow-simd cannot be had here; the message says why."""


def main() -> int:
    """Choose, install, and say so in one line; exit with 1 where pillow-simd was insisted on in vain."""
    wish = os.environ.get("STORYROLL_PILLOW", "")
    if wish not in _WISHES:
        sys.exit(f"STORYROLL_PILLOW is {wish!r}; say simd or pillow, or leave it away")
    try:
        if wish == "pillow":
            raise Unfit("STORYROLL_PILLOW asks for it")
        wheels = _wheels()
    except Unfit as reason:
        if _installed("pillow-simd"):
            _uninstall_all()
            _pip("install", "--require-hashes", "-r", str(PILLOW_LOCK))
        print(f"pictures: Pillow {_installed('pillow')}, not pillow-simd: {reason}")
        return int(wish == "simd")
    if _installed("pillow"):
        _uninstall_all()
        _pip("install", "--no-deps", "--no-index", *wheels)
    print(f"pictures: pillow-simd {_installed('pillow-simd')}, in the place of Pillow")
    return 0


def _wheels() -> list[str]:
    """Return pillow-simd and what goes with it, built and tried; kept, so that it happens once.

    Raises:
        Unfit: It cannot be had.
    """
    compiler = _compiler()
    digest = hashlib.sha256(LOCK.read_bytes() + compiler.encode() + sys.version.encode()).hexdigest()
    kept = Path(sys.prefix) / "share" / "pillow-simd" / digest[:16]
    if not kept.exists():
        lacking = lacking_packages(compiler)
        if lacking:
            raise Unfit(f"headers are not installed (Debian: apt-get install {' '.join(lacking)})")
        print("pictures: building pillow-simd (half a minute) ...")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            _build(compiler, Path(folder) / "wheels")
            _try(Path(folder) / "wheels", Path(folder) / "site")
            (Path(folder) / "wheels").rename(kept)
    return _files(kept)


def _compiler() -> str:
    """Return the command that compiles for this very machine.

    Raises:
        Unfit: The machine has not the instructions that pillow-simd is written in.
    """
    facts = Path("/proc/cpuinfo")
    flags = facts.read_text(encoding="utf-8").split() if facts.exists() else []
    if platform.machine() != "x86_64" or "sse4_2" not in flags:
        raise Unfit("it is for x86-64 processors under Linux")
    return os.environ.get("CC", "cc") + (" -mavx2" if "avx2" in flags else "")


def lacking_packages(compiler: str) -> list[str]:
    """Return Debian's packages of the headers that a compiler does not find."""
    asked = "".join(f"#if !__has_include(<{name}>)\n{PACKAGES[name]}\n#endif\n" for name in PACKAGES)
    nested = [f"-I{folder}" for pattern in _NESTED for folder in Path("/usr/include").glob(pattern)]
    command = [*shlex.split(compiler), *nested, "-E", "-P", "-x", "c", "-"]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unfit(f"there is no compiler {command[0]}") from None
    return done.stdout.split()


def _build(compiler: str, folder: Path) -> None:
    # Not from the cache: what lies there may have been built with other headers, or for another machine.
    options = ("--no-cache-dir", "--no-deps", "--no-build-isolation", "--config-settings", "avif=disable")
    done = _run(
        [*_PIP, "wheel", *options, "--require-hashes", "-r", str(LOCK), "-w", str(folder)],
        os.environ | {"CC": compiler},
    )
    if done.returncode:
        raise Unfit(f"it does not build: {_last_line(done.stdout + done.stderr)}")


def _try(wheels: Path, site: Path) -> None:
    """Install into a folder of its own, which comes before Pillow's, and read and write every format."""
    _pip("install", "--no-deps", "--no-index", "--target", str(site), *_files(wheels))
    done = _run([sys.executable, str(PROBE)], os.environ | {"PYTHONPATH": str(site)})
    if done.returncode:
        raise Unfit(f"as built here, {_last_line(done.stdout + done.stderr)}")


def _uninstall_all() -> None:
    """Remove whatever is there: pip lets one be installed over the other, and mixes their files."""
    _pip("uninstall", "--yes", *(name for name in _ALL if _installed(name)))


def _installed(name: str) -> str | None:
    """Return the version of a distribution, None where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _pip(*arguments: str) -> None:
    subprocess.run([*_PIP, *arguments], check=True)


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def _files(folder: Path) -> list[str]:
    return sorted(map(str, folder.iterdir()))


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason is given")


if __name__ == "__main__":
    sys.exit(main())
