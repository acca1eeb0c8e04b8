"""`storyroll doctor`: what is missing on this machine, in plain words."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer

from services.cli.failures import ExitCode, told_plainly
from services.cli.session import DataOption
from services.rpc.data_folder import DataFolder

_ROOM = 2 * 1024**3
"""Bytes that should be free for models and originals."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    well: bool
    what: str
    advice: str = ""


def doctor(data: DataOption) -> None:
    """Look at this machine and say what is missing, and what to do about it."""
    with told_plainly():
        findings = [finding for check in _CHECKS for finding in check(DataFolder(data))]
    for finding in findings:
        print(f"{'ok     ' if finding.well else 'missing'}  {finding.what}")
        if not finding.well:
            print(f"         {finding.advice}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(ExitCode.FAILED)


def _models(_: DataFolder) -> Iterator[Finding]:
    from inference_core.models.build import list_models

    missing = [m.spec.name for m in list_models() if not m.path and not m.spec.optional]
    if missing:
        yield Finding(False, f"models: {', '.join(missing)}", "run: storyroll models build")
    else:
        yield Finding(True, "models: all are built")


def _kernels(_: DataFolder) -> Iterator[Finding]:
    from inference_core.preprocess import kernels

    if kernels.COMPILED:
        yield Finding(True, f"pictures: compiled kernels, {_pillow()}")
    else:
        yield Finding(
            False,
            f"pictures: the Python kernels, {_pillow()}",
            "works, but slower; run: make setup (and unset STORYROLL_KERNELS)",
        )


def _pillow() -> str:
    """Return which of the two that call themselves PIL is here; their versions tell them apart."""
    from PIL import __version__, features

    name = "pillow-simd" if ".post" in __version__ else "Pillow"
    return f"{name} {__version__} with libjpeg-turbo {features.version('libjpeg_turbo')}"


def _formats(_: DataFolder) -> Iterator[Finding]:
    yield from (_import("pillow_heif", "HEIC photos"), _import("av", "videos"))


def _import(module: str, purpose: str) -> Finding:
    try:
        __import__(module)
    except ImportError as error:
        return Finding(
            False, f"{purpose}: {error}", f"install it with: pip install {module.replace('_', '-')}"
        )
    return Finding(True, purpose)


def _triton(_: DataFolder) -> Iterator[Finding]:
    """Triton is a choice: a machine without it lacks nothing."""
    from inference_core.serving.install import find_triton
    from inference_core.serving.machine import obstacle

    if reason := obstacle():
        yield Finding(True, f"Triton: not on this machine. {reason}")
    elif find_triton():
        yield Finding(True, "Triton: installed")
    else:
        yield Finding(True, "Triton: can be installed; storyroll up --vision triton does it")


def _disk(folder: DataFolder) -> Iterator[Finding]:
    place = next(path for path in (folder.path, *folder.path.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    room = f"{free / 1024**3:.1f} GiB free at {place}"
    yield Finding(free >= _ROOM, room, "free some space, or choose another folder with --data")


def _server(folder: DataFolder) -> Iterator[Finding]:
    address = folder.address()
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
    except (OSError, ValueError):
        yield Finding(False, f"a server at {address}", f"start it with: storyroll up --data {folder.path}")
    else:
        yield Finding(True, f"a server at {address}")


_CHECKS: tuple[Callable[[DataFolder], Iterator[Finding]], ...] = (
    _models,
    _kernels,
    _formats,
    _triton,
    _disk,
    _server,
)
