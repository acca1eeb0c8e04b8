"""Starting other processes while calls are under way."""

from __future__ import annotations

import os
import sys
from typing import Final

_FORK_HANDLERS: Final = "GRPC_ENABLE_FORK_SUPPORT"


def without_fork_handlers() -> None:
    """Begin anew without gRPC's fork handlers, where it has them: it reads what we want when it is imported.

    Run by a fork while calls are under way, they crash the child, and now and then us.
    """
    if os.environ.get(_FORK_HANDLERS) != "0":
        environment = {**os.environ, _FORK_HANDLERS: "0"}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - ourselves
