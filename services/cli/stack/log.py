"""One log of many processes: what each writes into a file of its own, line by line, with its name."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.rpc.logs import LogFormat
from services.rpc.redaction import redacted

_EVERY_S: Final = 0.25


class FollowedFile:
    """The lines that are added to a file from now on, whether it is there yet or not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def fresh(self) -> list[str]:
        """Return the lines that were completed since the last time."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except FileNotFoundError:
            return []
        self._read += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


@asynccontextmanager
async def one_log(
    files: Mapping[str, Path], write: Callable[[str], None], form: LogFormat = LogFormat.TEXT
) -> AsyncIterator[None]:
    """Write the lines that are added to files while the block lasts, each with the name of its file.

    As JSON, lines that are objects already are written as they are, for these say who wrote them.
    """
    width = max(map(len, files), default=0)
    followed = {name: FollowedFile(path) for name, path in files.items()}

    def tell() -> None:
        for name, file in followed.items():
            for line in file.fresh():
                write(_object(name, line) if form is LogFormat.JSON else f"{name.ljust(width)} | {line}")

    following = asyncio.create_task(_again_and_again(tell))
    try:
        yield
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        tell()


async def _again_and_again(tell: Callable[[], None]) -> None:
    while True:
        tell()
        await asyncio.sleep(_EVERY_S)


def _object(name: str, line: str) -> str:
    """Return a line as a JSON object, and what is one as it is: stores have formats of their own."""
    with contextlib.suppress(ValueError):
        if isinstance(json.loads(line), dict):
            return line
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "service": name, "message": redacted(line)}, ensure_ascii=False)
