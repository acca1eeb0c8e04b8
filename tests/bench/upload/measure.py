"""Who uploads what, in turn, and what came of it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from minio import Minio

from services.adapters.seaweedfs.server import SeaweedServer
from tests.bench.processes import Answering
from tests.bench.upload.photos import PHOTO_BYTES
from tests.bench.upload.server import UploadServer, consent, s3_environment, upload_server
from tests.bench.vision.cpu import tree_seconds
from tests.s3_server import running

CLIENTS = (1, 8)
COPY, BARE, S3, DISK, LOCATED = (
    "file copy, fsync",
    "bare minio client",
    "sync to S3",
    "sync to disk",
    "sync to disk, with GPS",
)
WAYS = (COPY, BARE, S3, DISK, LOCATED)
PHOTOS = 32
"""Photos of a run, over all of its clients."""
MANY, SMALL = 10_000, 20_000
"""Photos, and bytes of each, over which the server's memory is watched."""
BATCHES = 100


class Spent(NamedTuple):
    """CPU seconds that uploads took, children included."""

    client: float
    server: float
    store: float
    """SeaweedFS."""


@dataclass
class Report:
    """What was measured."""

    rounds: int
    seconds: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    """From the first client's start to the last one's end, by way and number of clients."""
    spent: dict[str, list[Spent]] = field(default_factory=lambda: defaultdict(list))
    """By way, of one client's turns."""
    latencies: dict[str, list[float]] = field(default_factory=dict)
    checked: float = 0.0
    """Hashes a second."""
    resident: list[tuple[int, int]] = field(default_factory=list)
    """(photos uploaded, bytes of memory)."""

    def rate(self, way: str, clients: int) -> float:
        """Return photos a second."""
        return PHOTOS / statistics.median(self.seconds[way, clients])

    def ratio(self, own: str, other: str, clients: int) -> float:
        """Return the median of the ratios of each round."""
        pairs = zip(self.seconds[own, clients], self.seconds[other, clients], strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)

    def cpu(self, way: str) -> Spent:
        """Return the CPU time of a photo, milliseconds."""
        return Spent(*(1e3 * statistics.mean(part) / PHOTOS for part in zip(*self.spent[way], strict=True)))


class Bench:
    """The servers and the clients of one measurement."""

    def __init__(
        self, folder: Path, s3: SeaweedServer, servers: dict[str, UploadServer], clients: Sequence[Answering]
    ) -> None:
        self._folder = folder
        self._s3 = s3.access
        self._store = s3.pid
        self._servers = servers
        self._clients = clients

    def turn(self, way: str, clients: int) -> tuple[float, Spent]:
        """Let so many clients upload fresh photos at the same time; return the seconds of all.

        Beside it what the first client, the server and the store spent.
        """
        folders = [self._fresh(PHOTOS // clients, located=way == LOCATED) for _ in range(clients)]
        before = self.spent(way)
        with ThreadPoolExecutor(clients) as threads:
            replies = list(threads.map(self._ask, [way] * clients, range(clients), folders))
        spent = Spent(*(late - early for early, late in zip(before, self.spent(way), strict=True)))
        for folder in folders:
            shutil.rmtree(folder)
        assert sum(reply["photos"] for reply in replies) == PHOTOS
        return max(reply["seconds"] for reply in replies), spent

    def spent(self, way: str) -> Spent:
        """Return what one client, the server of this way and the store have spent so far."""
        server = self._servers[S3 if way == S3 else DISK].pid
        return Spent(tree_seconds(self._clients[0].pid), tree_seconds(server), tree_seconds(self._store))

    def latencies(self, way: str, count: int) -> list[float]:
        """Return the seconds of photos that are written one after the other."""
        folder = self._fresh(count)
        reply = self._clients[0].ask("latencies", folder=str(folder), **self._connection(way, 0))
        return list(reply["seconds"])

    def many(self, steps: int) -> tuple[list[tuple[int, int]], float]:
        """Upload many small photos; return the server's memory after each step, and hashes a second."""
        resident, server = [], self._servers[DISK]
        for step in range(1, steps + 1):
            folder = self._fresh(MANY // steps, SMALL)
            self._ask(DISK, 0, folder)
            resident.append((step * MANY // steps, server.resident()))
        checked = self._clients[0].ask(
            "check", folder=str(folder), batches=BATCHES, **self._connection(DISK, 0)
        )
        return resident, checked["rate"]

    def _ask(self, way: str, client: int, folder: Path) -> dict[str, Any]:
        worker, path = self._clients[client], str(folder)
        if way == COPY:
            return worker.ask("copy", folder=path)
        if way == BARE:
            keys = {
                "host": self._s3.host,
                "access_key": self._s3.access_key,
                "secret_key": self._s3.secret_key,
            }
            return worker.ask("bare", folder=path, prefix=f"{_owner(client)}/{folder.name}", **keys)
        return worker.ask("sync", folder=path, **self._connection(way, client))

    def _connection(self, way: str, client: int) -> dict[str, str]:
        server = self._servers[S3 if way == S3 else DISK]
        return {"address": server.address, "token": server.token(_owner(client))()}

    def _fresh(self, count: int, size: int = PHOTO_BYTES, *, located: bool = False) -> Path:
        folder = self._folder / "photos" / secrets.token_hex(6)
        self._clients[0].ask("photos", folder=str(folder), count=count, size=size, located=located)
        return folder


@contextmanager
def _bench() -> Iterator[Bench]:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="storyroll-bench-")))
        store = opened.enter_context(running(folder / "s3"))
        s3 = store.access
        Minio(s3.host, s3.access_key, s3.secret_key, secure=False).make_bucket("bare")
        servers = {}
        for way, environment in ((S3, s3_environment(s3)), (DISK, {})):
            data = folder / way
            data.mkdir()
            asyncio.run(consent(data, [_owner(client) for client in range(max(CLIENTS))]))
            servers[way] = opened.enter_context(upload_server(data, environment))
        state = {"STORYROLL_STATE": str(folder / "state")}
        command = [sys.executable, "-m", "tests.bench.upload.worker"]
        clients = [opened.enter_context(Answering(command, state)) for _ in range(max(CLIENTS))]
        yield Bench(folder, store, servers, clients)


def measured(rounds: int) -> Report:
    """Measure everything, in turns, so that a busy machine is as busy for each."""
    report = Report(rounds)
    with _bench() as bench:
        for number in range(rounds + 1):
            for clients in CLIENTS:
                for way in WAYS:
                    seconds, spent = bench.turn(way, clients)
                    if number:  # the first round warms up
                        report.seconds[way, clients].append(seconds)
                        if clients == 1:
                            report.spent[way].append(spent)
        for way in (S3, DISK):
            report.latencies[way] = bench.latencies(way, PHOTOS)
        report.resident, report.checked = bench.many(steps=10)
    return report


def _owner(client: int) -> str:
    return f"owner{client}"
