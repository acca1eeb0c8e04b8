"""Photos a second on the way from a folder to Stories, in a real server, and in each part of that way.

Run: python -m tests.bench.whole_path

The parts overlap as they do in life: each figure is how fast photos came out of that part, from when the
first could go in. Planning includes the time for which the scheduler lets uploads settle. The peer is the
looking alone, in this process, on the same photos.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from storyroll.consent.v1 import consent_pb2

from inference_core.analysis import Task
from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer
from services.cli.sync.command import settled
from services.cli.sync.sync import Sync
from services.domain.accounts import AuditAction
from services.rpc.media_convert import timestamp_from_pb
from tests.bench.camera_photos import camera_photos
from tests.bench.timing import goal
from tests.bench.vision.load import closed_loop
from tests.e2e.owner import EVERYTHING, Owner, Silence
from tests.e2e.storyroll import Storyroll

PHOTOS = 60
WARM = 6
"""Photos synced before the clock runs, so that models are loaded."""
WANTED = 0.8
"""How much of the speed of looking alone the whole way is to keep."""


@dataclass(frozen=True, slots=True)
class Way:
    """When photos came out of each part, in seconds since the sync began."""

    stored: list[float]
    described: list[float]
    analysed: list[float]
    settled: float

    def rates(self) -> dict[str, float]:
        """Return photos a second of each part and of the whole."""
        count = len(self.stored)
        return {
            "upload": count / self.stored[-1],
            "metadata": count / (self.described[-1] - self.stored[0]),
            "inference": count / (self.analysed[-1] - self.described[0]),
            "planning": count / (self.settled - self.analysed[-1]),
            "the whole path": count / self.settled,
        }


def write_photos(folder: Path, count: int, first: int) -> None:
    """Write different files: a comment tells one print of a picture from the next."""
    folder.mkdir()
    pictures = camera_photos()
    for number in range(first, first + count):
        comment = f"print {number}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment
        picture = pictures[number % len(pictures)]
        (folder / f"IMG_20240503_10{number:04}.jpg").write_bytes(picture[:2] + segment + picture[2:])


async def travel(owner: Owner, folder: Path) -> Way:
    """Sync a folder and read in the owner's log when each photo came out of each part."""
    began, started = time.time(), time.perf_counter()
    await Sync(owner.session, folder, Silence()).run()
    await settled(owner.session)
    took = time.perf_counter() - started
    log = await owner.session.consent.ListAuditEvents(consent_pb2.ListAuditEventsRequest(page_size=1000))
    times = {action: times_of(log.events, action, began) for action in AuditAction}
    return Way(
        times[AuditAction.ASSET_STORED],
        times[AuditAction.ASSET_DESCRIBED],
        times[AuditAction.ASSET_ANALYSED],
        took,
    )


def times_of(events: Iterable[consent_pb2.AuditEvent], action: AuditAction, began: float) -> list[float]:
    """Return the seconds after `began` at which something was logged, in order."""
    logged = (timestamp_from_pb(event.time).timestamp() for event in events if event.action == action)
    return sorted(at - began for at in logged if at > began)


async def whole(storyroll: Storyroll, folder: Path) -> Way:
    """Sync a few photos to warm up, then those that are measured."""
    async with storyroll.owner("me") as owner:
        await owner.grant(*EVERYTHING)
        await owner.sync(folder / "warm")
        return await travel(owner, folder / "photos")


async def looking_alone(photos: Sequence[bytes]) -> float:
    """Return photos a second of the analysis alone."""
    with IsolatedPool(workers=1) as pool:
        analyzer = local_analyzer(pool)

        async def look(number: int) -> None:
            await analyzer.analyze(photos[number], "image/jpeg", frozenset(Task))

        await closed_loop(look, WARM, WARM)
        seconds = await closed_loop(look, len(photos), len(photos))
        await analyzer.close()
    return len(photos) / seconds


def main() -> None:
    """Print the figures and the goal."""
    with tempfile.TemporaryDirectory(prefix="storyroll-bench-") as name:
        folder = Path(name)
        write_photos(folder / "warm", WARM, PHOTOS)
        write_photos(folder / "photos", PHOTOS, 0)
        photos = [path.read_bytes() for path in sorted((folder / "photos").iterdir())]
        storyroll = Storyroll(folder)
        storyroll.start()
        try:
            before = asyncio.run(looking_alone(photos))
            way = asyncio.run(whole(storyroll, folder))
            after = asyncio.run(looking_alone(photos))
        finally:
            storyroll.stop()
    report(way, photos, alone=(before + after) / 2)


def report(way: Way, photos: Sequence[bytes], alone: float) -> None:
    """Print photos a second of every part, then the goal; `alone` is measured on both sides of the way."""
    megabytes = sum(map(len, photos)) / len(photos) / 1e6
    print(f"{len(photos)} photos of 12 MP, {megabytes:.1f} MB each: {way.settled:.1f} s until all is settled")
    rates = way.rates()
    for part, rate in (rates | {"looking alone": alone}).items():
        print(f"  {part:15} {rate:7.1f} photos/s")
    print(goal("whole path beside looking alone", rates["the whole path"] / alone, WANTED))


if __name__ == "__main__":
    main()
