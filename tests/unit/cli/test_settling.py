"""Files come newest first, together with what belongs to them, and once nobody writes to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from inference_core.serving.backoff import BackOff
from services.cli.sync.settling import settled_files
from services.cli.sync.walk import Walk
from services.cli.sync.watching import follow

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
MOV = b"\0\0\0\x14ftypqt  " + bytes(60)


def put(folder: Path, name: str, age: float, data: bytes = JPEG) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


async def names(walk: Walk, limit: float = 20.0) -> list[str]:
    return [file.relative async for file in settled_files(walk, limit)]


async def test_the_newest_come_first_and_pairs_side_by_side(tmp_path: Path) -> None:
    put(tmp_path, "old/a.jpg", 5000)
    put(tmp_path, "live.HEIC", 3000)
    put(tmp_path, "b.jpg", 2000)
    put(tmp_path, "live.MOV", 1000, MOV)
    put(tmp_path, "old/live.jpg", 4000)
    assert await names(Walk(tmp_path)) == ["live.HEIC", "live.MOV", "b.jpg", "old/live.jpg", "old/a.jpg"]


async def test_a_file_that_changed_just_now_comes_last(tmp_path: Path) -> None:
    put(tmp_path, "new.jpg", 0)
    put(tmp_path, "old.jpg", 1000)
    began = time.monotonic()
    assert await names(Walk(tmp_path)) == ["old.jpg", "new.jpg"]
    assert time.monotonic() - began >= 1.0


async def test_a_file_that_somebody_has_open_for_writing_is_waited_for_with_its_pair(tmp_path: Path) -> None:
    put(tmp_path, "live.HEIC", 1000)
    video = put(tmp_path, "live.MOV", 1000, MOV)
    put(tmp_path, "b.jpg", 2000)
    found: list[str] = []
    with video.open("ab"):

        async def look() -> None:
            found.extend(await names(Walk(tmp_path)))

        looking = asyncio.create_task(look())
        await asyncio.sleep(1.0)
        assert not looking.done()
    await asyncio.wait_for(looking, 20)
    assert found == ["b.jpg", "live.HEIC", "live.MOV"]


async def test_a_file_that_never_settles_is_left_out_and_counted(tmp_path: Path) -> None:
    video = put(tmp_path, "a.mov", 1000, MOV)
    walk = Walk(tmp_path)
    with video.open("ab"):
        assert await names(walk, limit=0.1) == []
    assert walk.in_flux == 1


async def bursts(*after: float) -> AsyncIterator[None]:
    for delay in after:
        await asyncio.sleep(delay)
        yield


async def test_what_failed_is_tried_again_without_any_change() -> None:
    outcomes, succeeded = [False, False, True, True], asyncio.Event()

    async def change() -> AsyncIterator[None]:
        await succeeded.wait()
        yield

    async def attempt(_: asyncio.Event) -> bool:
        if outcome := outcomes.pop(0):
            succeeded.set()
        return outcome

    await follow(change(), attempt, BackOff(first=0.05, most=1.0))
    assert outcomes == []


async def test_what_is_new_overtakes_what_is_old_but_not_at_once() -> None:
    took: list[float] = []

    async def attempt(overtaken: asyncio.Event) -> bool:
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if not took else 0.0):
                await overtaken.wait()
        took.append(time.monotonic() - began)
        return True

    await follow(bursts(0.05, 1.0), attempt, least=0.4)
    assert len(took) == 3
    assert took[0] >= 0.35
