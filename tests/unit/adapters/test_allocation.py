"""Memory that is freed and kept: the next buffer needs no new pages."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_BUFFERS = """
import resource
from services.adapters.allocation import keep_freed_memory
{first}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def seal():
    return [b"x" * 4_000_000 for _ in range(3)]
seal()
before = faults()
for _ in range(20):
    seal()
print(faults() - before)
"""


def faults(first: str) -> int:
    """Return the page faults of twenty times three buffers of 4 MB, in a process of its own."""
    command = [sys.executable, "-c", _BUFFERS.format(first=first)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have other ways")
def test_kept_memory_is_not_asked_for_again() -> None:
    assert faults("keep_freed_memory()") * 10 < faults("")
