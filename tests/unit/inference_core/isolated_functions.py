"""What the pool's tests run in its workers: each a way to fail, or to succeed."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt


class Unportable(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def double(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return array * np.uint8(2)


def pieces(count: int, size: int) -> list[npt.NDArray[np.int64]]:
    return [np.full(size, i) for i in range(count)]


def identity() -> int:
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def hang() -> None:
    while True:
        time.sleep(1)


def devour() -> int:
    hoard = [np.ones(1 << 27, np.uint8) for _ in range(1000)]
    return len(hoard)


def fail(message: str) -> None:
    raise ValueError(message)


def fail_unportably() -> None:
    raise Unportable(1, 2)


def ignores_interrupts() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def limits() -> tuple[str, str]:
    process = Path("/proc/self")
    return (process / "oom_score_adj").read_text().strip(), (process / "limits").read_text()
