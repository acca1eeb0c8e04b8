"""Whether this machine and this Python can run the server that the wheel carries."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from pathlib import Path

_LEAST_GLIBC = (2, 35)
_PYTHONS = ((3, 11), (3, 12))
"""Those with a NumPy 1, which the server's python backend is built against."""


def obstacle() -> str | None:
    """Return why the server cannot run here, as a sentence that ends with what to do; None where it can."""
    instead = "analyse in process (--vision local) or use a server elsewhere (--vision grpc://host:8001)"
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return (
            f"Triton's wheel is for Linux on x86-64, not {sys.platform} on {platform.machine()}: {instead}."
        )
    if (glibc := _glibc()) < _LEAST_GLIBC:
        have = ".".join(map(str, glibc)) if glibc else "no glibc"
        return f"Triton's wheel needs glibc 2.35 or later, and this machine has {have}: {instead}."
    if sys.version_info[:2] not in _PYTHONS:
        return f"Triton's wheel needs Python 3.11 or 3.12, not {platform.python_version()}: {instead}."
    if python_library() is None:
        return (
            f"Triton needs {_library_name()}, which this Python came without: "
            f"install libpython{_version()}, or {instead}."
        )
    return None


def python_library() -> Path | None:
    """Return the folder of this Python's shared library, which the backend is linked against, or None."""
    folder = Path(sysconfig.get_config_var("LIBDIR") or "/usr/lib")
    candidates = (folder, folder / (sysconfig.get_config_var("MULTIARCH") or ""))
    return next((place for place in candidates if (place / _library_name()).exists()), None)


def _library_name() -> str:
    return f"libpython{_version()}.so.1.0"


def _version() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def _glibc() -> tuple[int, ...]:
    try:
        said = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return ()
    return tuple(int(part) for part in said.removeprefix("glibc ").split(".") if part.isdecimal())
