"""One client in a process of its own; what it does is timed by itself, without starting up."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from minio import Minio
from storyroll.upload.v1 import upload_pb2

from services.cli.session import open_session
from services.cli.sync.conditions import Gate
from services.cli.sync.patience import Patience
from services.cli.sync.piece import Piece
from services.cli.sync.sync import STREAMS, Sync
from services.cli.sync.walk import Walk
from services.cli.sync.writer import FileWriter
from tests.bench.processes import answer
from tests.bench.upload.photos import write_photos
from tests.e2e.owner import Silence

_ASKING = 4
"""Batches of hashes that are asked about at the same time."""


class Worker:
    """Answers requests, each a method of this name."""

    async def sync(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sync a folder as `storyroll sync` does: hashed, asked about, written, four files at a time."""
        async with _session(request) as session:
            started = time.perf_counter()
            outcome = await Sync(session, Path(request["folder"]), Silence()).run()
            seconds = time.perf_counter() - started
        if outcome.failed:
            raise RuntimeError(f"not uploaded: {outcome.failed}")
        return {"seconds": seconds, "photos": outcome.uploaded}

    async def bare(self, request: dict[str, Any]) -> dict[str, Any]:
        """Put a folder's files with nothing but the minio client, as many at a time as a sync writes."""
        client = Minio(request["host"], request["access_key"], request["secret_key"], secure=False)
        prefix = request["prefix"]

        def put(path: Path) -> None:
            client.fput_object("bare", f"{prefix}/{path.name}", str(path))

        return await asyncio.to_thread(_timed, put, request["folder"])

    async def copy(self, request: dict[str, Any]) -> dict[str, Any]:
        """Copy a folder's files, each durable before it counts."""
        return await asyncio.to_thread(_copied, request["folder"])

    async def latencies(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write a folder's files one after the other; return the seconds of each, hashing included."""
        seconds = []
        async with _session(request) as session:
            for file in Walk(Path(request["folder"])):
                started = time.perf_counter()
                digest = await asyncio.to_thread(_sha256, file.path)
                writer = FileWriter(session.upload, Patience(), lambda _: None, Gate())
                await writer.write(Piece(file, digest, 0))
                seconds.append(time.perf_counter() - started)
        return {"seconds": seconds}

    async def check(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask about hashes, of which half may be known, a thousand at a time."""
        known = await asyncio.to_thread(_digests, request["folder"])
        batches = [_batch(known, index) for index in range(request["batches"])]
        async with _session(request) as session:
            await session.upload.CheckAssets(batches[0])
            limit = asyncio.Semaphore(_ASKING)

            async def ask(batch: upload_pb2.CheckAssetsRequest) -> None:
                async with limit:
                    await session.upload.CheckAssets(batch)

            started = time.perf_counter()
            await asyncio.gather(*map(ask, batches))
            return {"rate": len(batches) * 1000 / (time.perf_counter() - started)}

    async def photos(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write fresh photos into a folder."""
        folder = Path(request["folder"])
        await asyncio.to_thread(
            lambda: write_photos(folder, request["count"], request["size"], located=request["located"])
        )
        return {}


def _session(request: dict[str, Any]) -> Any:
    token = request["token"]
    return open_session(request["address"], lambda: token)


def _timed(work: Callable[[Path], object], folder: str) -> dict[str, Any]:
    paths = sorted(Path(folder).iterdir())
    started = time.perf_counter()
    with ThreadPoolExecutor(STREAMS) as threads:
        list(threads.map(work, paths))
    return {"seconds": time.perf_counter() - started, "photos": len(paths)}


def _copied(folder: str) -> dict[str, Any]:
    target = Path(f"{folder}.copy")
    target.mkdir()
    reply = _timed(lambda path: _copy(path, target), folder)
    shutil.rmtree(target)
    return reply


def _copy(path: Path, target: Path) -> None:
    copied = target / path.name
    with path.open("rb") as source, copied.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(target, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _batch(known: list[bytes], index: int) -> upload_pb2.CheckAssetsRequest:
    first = index * 500 % max(len(known), 1)
    there = (known[first:] + known[:first])[:500]
    return upload_pb2.CheckAssetsRequest(sha256=[*there, *(os.urandom(32) for _ in range(1000 - len(there)))])


def _digests(folder: str) -> list[bytes]:
    return [_sha256(path) for path in sorted(Path(folder).iterdir())]


def _sha256(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


if __name__ == "__main__":
    # Libraries write to standard output as they please; the replies need it for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    asyncio.run(answer(Worker(), answers))
