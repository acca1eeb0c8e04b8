"""The server's process and those of its models: one group, which ends as one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inference_core.serving import leash
from inference_core.serving.errors import ServerFailed
from inference_core.serving.install import Installation
from inference_core.serving.runtime import RuntimeFolder

_ENDING_S = 5.0
_POLL_S = 0.05
_LOG_LIMIT = 10 << 20
_USUAL = ("CudaDriverHelper",)
"""Of these errors the server complains wherever there is no GPU."""
_RESTRICTED = "shared-memory,model-repository"


@dataclass(frozen=True, slots=True)
class Stub:
    """The process of one instance of a model."""

    pid: int
    model: str

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return _state(self.pid) not in ("", "Z", "X")


class ServerProcess:
    """One life of a server: started when this is made, and ended at the latest with the thread that made it.

    Args:
        installation: What runs.
        repository: The models; all of them are loaded.
        folder: Where it listens, and what its shared memory is called.
        secret: The key and value that open the restricted protocols.
        log: Where it writes what it has to say; begun anew when large.

    Raises:
        ServerFailed: It could not be started.
    """

    def __init__(
        self,
        installation: Installation,
        repository: Path,
        folder: RuntimeFolder,
        secret: tuple[str, str],
        log: Path,
    ) -> None:
        command = _command(installation, repository, folder, secret)
        self._log = log
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            large = log.exists() and log.stat().st_size > _LOG_LIMIT
            with log.open("wb" if large else "ab") as file:
                self._said_before = file.tell()
                self._process = subprocess.Popen(  # noqa: S603 - our own words, and no shell
                    # A stub whose server is killed may wait for it for ever.
                    [sys.executable, "-I", "-S", leash.__file__, "--group", str(os.getpid()), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    env=_environment(installation),
                    start_new_session=True,
                    umask=0o077,
                )
        except OSError as error:
            raise ServerFailed(f"Triton could not be started: {error}.") from error

    @property
    def pid(self) -> int:
        """The server's process, which leads its group."""
        return self._process.pid

    def status(self) -> int | None:
        """Return the exit status; a signal is negative; None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """Return the first error that it wrote, on one line; empty where it wrote none."""
        with self._log.open("rb") as file:
            file.seek(self._said_before)
            lines = file.read(_LOG_LIMIT).decode(errors="replace").splitlines()
        errors = (line for line in lines if line.startswith("E") and not any(map(line.__contains__, _USUAL)))
        return next(errors, "").partition("] ")[2].strip('" ')

    def stubs(self) -> list[Stub]:
        """Return the processes of the models' instances that live."""
        found = (_stub(pid) for pid in _children(self.pid))
        return [stub for stub in found if stub and stub.alive()]

    def kill_stubs(self, model: str) -> None:
        """End the instances of a model at once; what they were at fails."""
        for stub in self.stubs():
            if stub.model == model:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(stub.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """End the whole group at once.

        Asked to end, an idle server takes two seconds for it. It keeps nothing that a sudden end could harm,
        and whoever ends it has closed the connections to it before.
        """
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._ended(_ENDING_S)

    async def _ended(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        # Nothing tells when the last process of a group has ended.
        while (self.status() is None or _in_group(self.pid)) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)


def _command(
    installation: Installation, repository: Path, folder: RuntimeFolder, secret: tuple[str, str]
) -> list[str]:
    address, port = folder.listen
    return [
        str(installation.server),
        f"--model-repository={repository}",
        f"--backend-directory={installation.backends}",
        f"--backend-config=python,shm-region-prefix-name={folder.region_prefix}",
        # Loading and unloading mends a model whose process has died.
        "--model-control-mode=explicit",
        "--load-model=*",
        # The repository says everything; asking the models for it takes seconds.
        "--disable-auto-complete-config",
        # One load that failed would make the server say that it is not ready, for good.
        "--strict-readiness=false",
        f"--grpc-address={address}",
        f"--grpc-port={port}",
        f"--grpc-restricted-protocol={_RESTRICTED}:{secret[0]}={secret[1]}",
        "--allow-http=false",
        "--allow-metrics=false",
        "--log-info=false",
    ]


def _environment(installation: Installation) -> Mapping[str, str]:
    """The stub runs whichever python3 comes first on the path, with the library that the loader finds."""
    path = f"{installation.environment / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return inherited | {
        "PATH": path,
        "LD_LIBRARY_PATH": str(installation.libraries),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(int(word) for word in thread.read_text().split())
    return found


def _stub(pid: int) -> Stub | None:
    """The model of a stub is the folder two above the model.py that it was given."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return None
    runner = Path(words[1]) if len(words) > 1 else Path()
    return Stub(pid, runner.parent.parent.name) if runner.name == "model.py" else None


def _in_group(group: int) -> bool:
    """Tell whether a process of the group runs; one that nobody has waited for has ended all the same."""
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if len(fields) > 2 and int(fields[2]) == group and fields[0] not in ("Z", "X"):
            return True
    return False


def _state(pid: int) -> str:
    return next(iter(_fields(pid)), "")


def _fields(pid: int) -> list[str]:
    """State, parent, group… of a process, as /proc/PID/stat has them; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
