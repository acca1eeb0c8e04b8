"""A command that starts processes under way runs without gRPC's fork handlers, and is the same process."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import os, sys
from services.cli.forking import without_fork_handlers
print(os.getpid(), sys.argv[1:], os.environ.get("GRPC_ENABLE_FORK_SUPPORT"), flush=True)
without_fork_handlers()
"""


def test_it_begins_anew_once_with_the_same_words() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "GRPC_ENABLE_FORK_SUPPORT"}
    command = [sys.executable, "-c", SCRIPT, "--blobs", "a folder"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    pid = first.split()[0]
    assert first == f"{pid} ['--blobs', 'a folder'] None"
    assert second == f"{pid} ['--blobs', 'a folder'] 0"
