"""What strikes a stack finds the right process, and cuts its connections and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.stack.parts import ENTRY, TRITON, Stack
from tests.stack_processes import main_process, processes

_CONNECTED = """
import os, socket, sys
ours, other = socket.socketpair()
far = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
far.sendall(b"!")
print(repr(far.recv(1)), flush=True)
ours.sendall(b"alive")
print(other.recv(5), flush=True)
"""


@pytest.fixture
def near() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def connected(folder: Path, near: socket.socket, word: str) -> subprocess.Popen[str]:
    """A process for the data folder, known by a word, with a connection to us and one with itself."""
    command = [sys.executable, "-c", _CONNECTED, str(near.getsockname()[1]), word]
    environment = os.environ | {"STORYROLL_DATA": str(folder)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_both_ends_see_a_connection_that_is_cut(tmp_path: Path, near: socket.socket) -> None:
    stack = Stack(tmp_path, tmp_path / "log", {})
    with near, connected(tmp_path, near, ENTRY.word) as process:
        with near.accept()[0] as far:
            assert far.recv(1) == b"!"
            assert stack.cut(ENTRY) == 1
            assert far.recv(1) == b""
        said = process.communicate(timeout=60)[0]
        assert said.splitlines() == ["b''", "b'alive'"]
    assert stack.cut(ENTRY) == 0


def test_a_part_is_found_by_its_folder_and_its_word(tmp_path: Path, near: socket.socket) -> None:
    with near, connected(tmp_path, near, ENTRY.word) as process:
        assert set(processes(tmp_path)) == {process.pid}
        assert main_process(tmp_path, ENTRY.word) == process.pid
        assert main_process(tmp_path, TRITON.word) is None
        assert main_process(tmp_path / "another", ENTRY.word) is None
        process.kill()
