"""Installs the server into an environment of its own: pinned by hash, once, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from inference_core.models.cache import default_cache, locked, scratch
from inference_core.models.errors import storage_errors
from inference_core.serving.errors import InstallFailed
from inference_core.serving.machine import obstacle, python_library

_TIMEOUT_S = 1800.0
_STUB = "triton_python_backend_stub"

Progress = Callable[[str], None]
"""Told, in a few words, what is done next."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A server on this disk.

    Attributes:
        environment: The virtual environment that it came in, which its models run in.
        libraries: The folder of the shared library of that environment's Python.
    """

    environment: Path
    libraries: Path

    @property
    def server(self) -> Path:
        """The program."""
        return self._triton / "bin" / "tritonserver"

    @property
    def backends(self) -> Path:
        """The folder of backends: the python backend alone."""
        return self._triton / "backends"

    @property
    def stub(self) -> Path:
        """What runs a model, where the backend looks for it."""
        return self.backends / "python" / _STUB

    @property
    def shipped_stub(self) -> Path:
        """The same, where the wheel has it for this version of Python."""
        return self._triton / "python_backend_stubs" / _python_version() / _STUB

    @property
    def _triton(self) -> Path:
        packages = self.environment / "lib" / f"python{_python_version()}" / "site-packages"
        return packages / "pytriton" / "tritonserver"


def find_triton(cache: Path | None = None) -> Installation | None:
    """Return the installed server of the version that we pin, or None."""
    installation = _installation(cache)
    return installation if installation and installation.stub.exists() else None


def install_triton(progress: Progress = lambda _: None, cache: Path | None = None) -> Installation:
    """Return the server, installing it if it is not there.

    Args:
        progress: Called before the install.
        cache: Where to; by default beside the model cache.

    Raises:
        InstallFailed: The machine cannot run it, or pip could not fetch it.
        CacheNotWritable: The disk is full or closed to us.
    """
    if reason := obstacle():
        raise InstallFailed(reason)
    if found := find_triton(cache):
        return found
    root = _root(cache)
    with locked(root):
        # Another process may have been at it while we waited for the lock.
        if find_triton(cache) is None:
            progress("installing the Triton server, once (about 150 MB)")
            _install(root)
    found = find_triton(cache)
    if found is None:
        raise InstallFailed(f"Triton was installed into {root}, but has no stub for this Python.")
    return found


def _install(root: Path) -> None:
    with scratch(root) as folder:
        environment = folder / "environment"
        _run([sys.executable, "-m", "venv", str(environment)], "make a virtual environment")
        _run(
            [
                *(str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"),
                *("--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"),
                *("--requirement", str(_requirements())),
            ],
            "fetch the Triton server",
        )
        made = Installation(environment, environment)
        with storage_errors(root):
            shutil.copy(made.shipped_stub, made.stub)
            # The interpreter in an environment is a link and its packages have no paths: it can be moved.
            environment.rename(root / _fingerprint())


def _run(command: Sequence[str], purpose: str) -> None:
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


def _installation(cache: Path | None) -> Installation | None:
    libraries = python_library()
    return Installation(_root(cache) / _fingerprint(), libraries) if libraries else None


def _root(cache: Path | None) -> Path:
    return (cache or default_cache()).parent / "triton"


def _requirements() -> Path:
    return Path(str(resources.files(__package__).joinpath("requirements.txt")))


def _fingerprint() -> str:
    """Changes with what is pinned and with the Python that it is installed for."""
    made_of = _requirements().read_bytes() + repr((sys.base_prefix, sys.version)).encode()
    return hashlib.sha256(made_of).hexdigest()[:16]


def _python_version() -> str:
    return "{}.{}".format(*sys.version_info[:2])
