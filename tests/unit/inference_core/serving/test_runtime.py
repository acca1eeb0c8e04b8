"""What a server has to itself in memory, and that nothing of the dead stays there."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from inference_core.serving.runtime import RuntimeFolder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shared memory as Linux has it")

MEMORY = Path("/dev/shm")
OWNER = """
import sys, time
from inference_core.serving.runtime import RuntimeFolder
folder = RuntimeFolder.make()
print(folder.region_prefix, flush=True)
time.sleep(60)
"""


def of(prefix: str) -> list[str]:
    return sorted(path.name for path in MEMORY.glob(f"{prefix.removesuffix('-')}*"))


def region(folder: RuntimeFolder) -> Path:
    path = MEMORY / f"{folder.region_prefix}1b4e"
    path.write_bytes(b"pixels")
    path.chmod(0o644)
    return path


def test_nobody_else_can_enter_and_names_cannot_be_guessed() -> None:
    first, second = RuntimeFolder.make(), RuntimeFolder.make()
    try:
        assert first.address != second.address
        assert first.address == f"unix:{first.socket}"
        address, port = first.listen
        assert f"{address}:{port}" == first.address
        assert len(str(first.socket)) < 100, "the system cuts longer names of sockets off"
        assert stat.S_IMODE(first.socket.parent.stat().st_mode) == 0o700
        leaked = region(first)
        first.close_to_others()
        assert stat.S_IMODE(leaked.stat().st_mode) == 0o600
    finally:
        first.remove()
        second.remove()
    assert of(first.region_prefix) == of(second.region_prefix) == []


def test_clearing_takes_what_a_server_left_and_nothing_of_others() -> None:
    first, second = RuntimeFolder.make(), RuntimeFolder.make()
    try:
        left, others = region(first), region(second)
        first.socket.touch()
        first.clear()
        assert not left.exists()
        assert not first.socket.exists()
        assert others.exists()
        first.clear()
    finally:
        first.remove()
        second.remove()


def test_what_the_dead_left_is_cleared_and_the_living_keep_theirs() -> None:
    living = RuntimeFolder.make()
    kept = region(living)
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    assert owner.stdout
    with owner, owner.stdout:
        prefix = owner.stdout.readline().strip()
        (MEMORY / f"{prefix}1b4e").write_bytes(b"pixels")
        assert len(of(prefix)) == 2
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
    try:
        assert len(of(prefix)) == 2
        RuntimeFolder.make().remove()
        assert of(prefix) == []
        assert kept.exists()
    finally:
        living.remove()
