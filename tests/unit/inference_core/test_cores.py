"""The cores that count are those that we may run on."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference_core.cores import available_cores


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins")
def test_cores_that_are_forbidden_do_not_count():
    def pinned() -> int:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        return available_cores()

    # Threads are pinned one by one: this one ends with the block.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(pinned).result() == 1


def test_there_is_a_core():
    assert available_cores() >= 1
