"""The pool outlives crashes, hangs and greed, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvloop

from inference_core.errors import IsolatedCrash, WorkersUnavailable
from inference_core.isolation import IsolatedPool
from tests.unit.inference_core import isolated_functions as functions

GIB = 1 << 30


@pytest.fixture
def pool() -> Iterator[IsolatedPool]:
    with IsolatedPool(workers=1, memory_limit=2 * GIB, timeout=20) as made:
        yield made


def children() -> set[int]:
    found: set[int] = set()
    for thread in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread of an earlier test may end just now
            found |= {int(pid) for pid in (thread / "children").read_text().split()}
    return found


def memory_of_results() -> list[str]:
    """What is open here, and what lies under a name that others could open."""
    opened = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    paths = map(str, (*opened, *Path("/dev/shm").iterdir()))
    return sorted(path for path in paths if "storyroll-result" in path)


async def test_arrays_go_there_and_come_back(pool):
    photo = np.arange(3 << 20, dtype=np.uint8).reshape(1024, 1024, 3)
    result = await pool.run(functions.double, photo)
    np.testing.assert_array_equal(result, photo * np.uint8(2))
    result[0, 0] = 5  # the receiver owns its copy
    several = await pool.run(functions.pieces, 3, 100)
    assert [int(piece.sum()) for piece in several] == [0, 100, 200]


async def test_no_worker_starts_before_it_is_needed_and_one_serves_many_calls():
    before = children()
    with IsolatedPool(workers=2) as pool:
        assert children() == before
        assert await pool.run(functions.identity) == await pool.run(functions.identity)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (functions.crash, "SIGSEGV"),
        (functions.leave, "exit status 3"),
        (functions.devour, "memory"),
    ],
)
async def test_a_lost_worker_costs_one_call_and_is_replaced(pool, function, reason):
    first = await pool.run(functions.identity)
    with pytest.raises(IsolatedCrash, match=reason):
        await pool.run(function)
    assert await pool.run(functions.identity) != first


async def test_a_hang_is_killed():
    with IsolatedPool(workers=1, timeout=0.5) as pool:
        with pytest.raises(IsolatedCrash, match="takes longer than"):
            await pool.run(functions.hang)
        assert await pool.run(functions.double, np.ones(1, np.uint8)) == 2


async def test_a_worker_killed_while_idle_costs_nothing(pool):
    os.kill(await pool.run(functions.identity), signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert await pool.run(functions.identity)


async def test_exceptions_of_the_function_arrive(pool):
    worker = await pool.run(functions.identity)
    with pytest.raises(ValueError, match="so it goes") as caught:
        await pool.run(functions.fail, "so it goes")
    assert "isolated_functions.py" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="Unportable: 1 and 2"):
        await pool.run(functions.fail_unportably)
    assert await pool.run(functions.identity) == worker


async def test_workers_are_limited_and_let_the_pool_handle_interrupts(pool):
    assert await pool.run(functions.ignores_interrupts)
    adjustment, table = await pool.run(functions.limits)
    assert adjustment == "1000"
    assert f"{2 * GIB}" in table


async def test_a_cancelled_call_blocks_nobody():
    with IsolatedPool(workers=1, timeout=1) as pool:
        await pool.run(functions.identity)
        call = asyncio.create_task(pool.run(functions.hang))
        await asyncio.sleep(0.1)
        call.cancel()
        assert await pool.run(functions.identity)


async def test_closing_ends_running_calls_and_leaves_no_process_or_memory():
    before, memory = children(), memory_of_results()
    pool = IsolatedPool(workers=2)
    await pool.run(functions.pieces, 4, 1 << 20)
    call = asyncio.create_task(pool.run(functions.hang))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(pool.close)
    with pytest.raises(IsolatedCrash):
        await call
    assert children() == before
    assert memory_of_results() == memory


async def test_shared_memory_is_freed_with_the_result(pool):
    def mappings() -> int:
        return Path("/proc/self/maps").read_text().count("storyroll-result")

    result = await pool.run(functions.double, np.ones(1 << 20, np.uint8))
    assert mappings() == 1
    del result
    await asyncio.sleep(0.1)  # the pool's thread lets go of its future a moment later
    assert mappings() == 0


def test_a_limit_that_no_worker_could_live_with_is_refused():
    with pytest.raises(ValueError, match="at least"):
        IsolatedPool(memory_limit=10 << 20)


@pytest.mark.parametrize("interpreter", ["/nowhere/python", "/bin/false"])
async def test_workers_that_cannot_start_are_no_fault_of_the_input(pool, monkeypatch, interpreter):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", interpreter)
        with pytest.raises(WorkersUnavailable, match="could not start"):
            await pool.run(functions.identity)
    assert await pool.run(functions.identity)


def test_it_serves_uvloop():
    async def main() -> int:
        with IsolatedPool(workers=2) as pool:
            jobs = [pool.run(functions.double, np.full(9, i, np.uint8)) for i in range(8)]
            return sum(int(result[0]) for result in await asyncio.gather(*jobs))

    assert uvloop.run(main()) == 2 * sum(range(8))


def test_workers_die_with_a_killed_parent(tmp_path):
    (tmp_path / "parent.py").write_text(
        "import asyncio, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[3])!r})\n"
        "from tests.unit.inference_core import isolated_functions as functions\n"
        "from inference_core.isolation import IsolatedPool\n"
        "async def main():\n"
        "    pool = IsolatedPool(workers=1)\n"
        "    print(await pool.run(functions.identity), flush=True)\n"
        "    await pool.run(functions.hang)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-m", "parent"], cwd=tmp_path, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(worker)


def running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
