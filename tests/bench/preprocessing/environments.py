"""A virtual environment for each peer, made on demand from pinned requirements.

Each peer has its own, so that one that does not install takes no other with it, and because
pillow-simd takes the place of Pillow.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "peers"

_STAMP = "storyroll-requirements.sha256"


class NotInstalled(Exception):
    """A peer cannot be had on this machine; the message is one line that says why."""


def python_of(peer: str, folder: Path) -> Path:
    """Return the interpreter of a peer's environment, making the environment where it is not there.

    Args:
        peer: A file of `REQUIREMENTS` without its ending; empty for this project's own environment.
        folder: Where environments are kept.

    Raises:
        NotInstalled: It does not install here.
    """
    if not peer:
        return Path(sys.executable)
    requirements = REQUIREMENTS / f"{peer}.txt"
    home = folder / peer
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    stamp = home / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        _install(requirements, home)
        stamp.write_text(digest, encoding="ascii")
    return home / "bin" / "python"


def versions(peer: str) -> dict[str, str]:
    """Return the pinned version of each package of a peer, by lower-case name."""
    lines = (REQUIREMENTS / f"{peer}.txt").read_text(encoding="utf-8").splitlines()
    pins = (line.split(";")[0].rstrip(" \\").split("==") for line in lines if "==" in line)
    return {name.lower(): version.strip() for name, version in pins}


def _install(requirements: Path, home: Path) -> None:
    print(f"installing {requirements.stem} into {home} ...", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", str(home)])
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "-r", str(requirements)])


def _run(command: list[str]) -> None:
    environment = os.environ | ({"CC": "cc -mavx2"} if _has_avx2() else {})
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise NotInstalled(f"does not install here: {_reason(done.stderr)}")


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "required" in line.lower() or line.startswith("ERROR")]
    return (telling or lines or ["no reason given"])[0]


def _has_avx2() -> bool:
    """Whether pillow-simd may be built with AVX2."""
    facts = Path("/proc/cpuinfo")
    return platform.machine() == "x86_64" and facts.exists() and " avx2 " in facts.read_text(encoding="utf-8")
