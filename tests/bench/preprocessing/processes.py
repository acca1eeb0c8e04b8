"""The driver's end of a worker: a contender in a process of its own, pinned to its cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.preprocessing.contenders import Contender
from tests.bench.preprocessing.environments import NotInstalled, python_of
from tests.bench.processes import Answering, Failed

__all__ = ["Failed", "WorkerProcess"]


class WorkerProcess(Answering):
    """A contender at work.

    Args:
        contender: Whom to start.
        folder: Where the environments of peers are kept.
        cores: The cores that it may use.

    Raises:
        Failed: It does not install.
    """

    def __init__(self, contender: Contender, folder: Path, cores: Sequence[int]) -> None:
        try:
            python = python_of(contender.peer, folder / "peers")
        except NotInstalled as reason:
            raise Failed(str(reason)) from reason
        pinned = ",".join(map(str, cores))
        module = f"{__package__}.worker"
        super().__init__([str(python), "-m", module, contender.module, contender.factory, pinned])
