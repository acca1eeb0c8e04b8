"""Installs the server into an environment of its own: pinned by hash, once, whole or not at all."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference_core.models.cache import scratch
from inference_core.models.errors import storage_errors
from inference_core.serving.errors import InstallFailed
from inference_core.serving.machine import obstacle, python_library
from inference_core.serving.wheels import PinnedWheels, Progress, once, run

_STUB: Final = "triton_python_backend_stub"
_WHEELS: Final = PinnedWheels(__package__, "triton")


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

    def install() -> None:
        progress("installing the Triton server, once (about 150 MB)")
        _install(cache)

    found = once(_WHEELS.root(cache), lambda: find_triton(cache), install)
    if found is None:
        raise InstallFailed(
            f"Triton was installed into {_WHEELS.root(cache)}, but has no stub for this Python."
        )
    return found


def _install(cache: Path | None) -> None:
    with scratch(_WHEELS.root(cache)) as folder:
        environment = folder / "environment"
        run([sys.executable, "-m", "venv", str(environment)], "make a virtual environment")
        _WHEELS.fetch("the Triton server", python=environment / "bin" / "python")
        made = Installation(environment, environment)
        with storage_errors(folder):
            shutil.copy(made.shipped_stub, made.stub)
            # The interpreter in an environment is a link and its packages have no paths: it can be moved.
            environment.rename(_environment(cache))


def _installation(cache: Path | None) -> Installation | None:
    libraries = python_library()
    return Installation(_environment(cache), libraries) if libraries else None


def _environment(cache: Path | None) -> Path:
    """Changes with what is pinned and with the Python that it is installed for."""
    return _WHEELS.place(cache, bound_to=repr((sys.base_prefix, sys.version)).encode())


def _python_version() -> str:
    return "{}.{}".format(*sys.version_info[:2])
