"""The life of a worker process: limits first, then one call after the other.

Started by `pool`, never by hand. It ends when its pool closes the channel or dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
from pathlib import Path

from inference_core.isolation.channel import Channel

_PR_SET_PDEATHSIG = 1


def serve(descriptor: int, memory_limit: int, parent: int) -> None:
    """Answer calls on the socket `descriptor` until the other end closes it.

    Every request is (function, arguments), every answer (succeeded, result or exception).
    """
    _limit(memory_limit, parent)
    channel = Channel(socket.socket(fileno=descriptor))
    channel.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            channel.send(_answer(channel))


def _limit(memory_limit: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    # A worker that hangs would not notice the end of the channel when its pool is killed.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the pool died before its worker started")
    with contextlib.suppress(OSError):
        # Where memory runs out, a worker is the process that is easiest to replace.
        Path("/proc/self/oom_score_adj").write_text("1000")


def _answer(channel: Channel) -> tuple[bool, object]:
    try:
        function, arguments = channel.receive()
    except (EOFError, OSError):
        raise
    except Exception as error:
        return False, _portable(error)
    try:
        return True, function(*arguments)
    except Exception as error:
        return False, _portable(error)


def _portable(error: Exception) -> Exception:
    """Return the exception if it survives the way to the pool, else one that tells about it."""
    error.add_note("In the isolated worker:\n" + "".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the line itself
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
