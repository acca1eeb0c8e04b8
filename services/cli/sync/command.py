"""The `sync` command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from storyroll.consent.v1 import consent_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.adapters.connectivity import LinuxConnectivity
from services.cli.failures import CommandError, ExitCode
from services.cli.session import Session
from services.cli.sync.changes import heard_from_now
from services.cli.sync.conditions import Conditions, Gate, Hours
from services.cli.sync.sync import Sync
from services.cli.sync.watching import follow
from services.cli.sync.ways import DirectWay

_console = Console(stderr=True)


class BarProgress:
    """Shows the progress of a sync as a bar of files."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._files = bar.add_task("photos and videos", total=0)
        self._found = 0

    def found(self, size: int) -> None:
        """Make the bar's whole larger."""
        self._found += 1
        self._bar.update(self._files, total=self._found)

    def done(self, size: int) -> None:
        """Move the bar on."""
        self._bar.advance(self._files)


async def sync(
    session: Session,
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of photos.")],
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Go on: upload what is added later too.")] = False,
    direct: Annotated[
        bool,
        typer.Option(
            "--direct",
            help="Send bytes straight to the S3 server; through ours where that does not work.",
        ),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until everything is looked at.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to keep trying while the server is away.")] = 120.0,
    wifi_only: Annotated[
        bool,
        typer.Option(
            "--wifi-only",
            help="Send on Wi-Fi or a wire alone, not on mobile or metered connections; where this machine "
            "does not tell what it is on, nothing is sent.",
        ),
    ] = False,
    hours: Annotated[
        list[str] | None,
        typer.Option(help="Send at these hours of the day alone, 22:00-06:00 say; may be given repeatedly."),
    ] = None,
) -> None:
    """Upload a folder's photos and videos; what the server has is not sent again.

    A sync that breaks off goes on where it was when it is run again. Files that cannot be uploaded are
    listed at the end and do not stop the rest. The newest come first, the two files of a Live Photo together,
    and a file that is still being written is waited for.
    """
    conditions = _conditions(wifi_only, hours or [])
    await _require_consent(session)
    async with _way_to_s3() if direct else nullcontext() as way:
        run = _Run(session, folder, patience, Gate(conditions, _tell), wait, way)
        await (_follow(run) if watch else _once(run))


@asynccontextmanager
async def _way_to_s3() -> AsyncIterator[DirectWay]:
    # Only this way needs an HTTP client, which takes long to load.
    from services.cli.sync.http_storage import http_storage

    async with http_storage() as storage:
        yield DirectWay(storage, _tell)


async def _follow(run: _Run) -> None:
    async with heard_from_now(run.folder) as changes:
        _tell(f"watching {run.folder}; end with Ctrl-C")
        await follow(changes, run.attempt)


async def _once(run: _Run) -> None:
    if reason := run.gate.conditions.obstacle():
        raise CommandError(
            f"nothing was sent, for {reason}; with --watch, it is waited for", ExitCode.INCOMPLETE
        )
    if left := await run.once():
        raise CommandError(f"{left} files were not uploaded", ExitCode.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class _Run:
    """What every sync of one command shares."""

    session: Session
    folder: Path
    patience: float
    gate: Gate
    wait: bool
    direct: DirectWay | None

    async def once(self, settle_limit: float = 60.0, overtaken: asyncio.Event | None = None) -> int:
        """Sync and say what became of it; return how many files were left."""
        overtaken = overtaken or asyncio.Event()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, console=_console, transient=True, disable=not _console.is_terminal) as bar:
            sync = Sync(
                *(self.session, self.folder, BarProgress(bar), self.patience),
                gate=self.gate,
                settle_limit=settle_limit,
                overtaken=overtaken,
                direct=self.direct,
            )
            outcome = await sync.run()
        print(outcome.sentence(), flush=True)
        for path, reason in sorted(outcome.failed.items()):
            _console.print(
                f"not uploaded: {path}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True
            )
        if self.wait and not overtaken.is_set():
            await settled(self.session)
        return len(outcome.failed) + outcome.in_flux

    async def attempt(self, overtaken: asyncio.Event) -> bool:
        """Sync once of many times: what is left is left for the next, and a server may come back."""
        try:
            return not await self.once(10.0, overtaken)
        except CommandError as error:
            if error.code is not ExitCode.UNREACHABLE:
                raise
            _tell(f"{error}; it is asked again")
            return False


def _conditions(wifi_only: bool, hours: list[str]) -> Conditions:
    try:
        windows = tuple(map(Hours.parse, hours))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--hours") from None
    return Conditions(windows, LinuxConnectivity() if wifi_only else None)


def _tell(what: str) -> None:
    _console.print(what, markup=False, highlight=False, soft_wrap=True)


async def _require_consent(session: Session) -> None:
    """Say at once, not after all patience, that there is no server or nothing is allowed."""
    answer = await session.consent.GetConsent(consent_pb2.GetConsentRequest())
    if not any(grant.scope == consent_pb2.SCOPE_CLOUD_PROCESSING for grant in answer.grants):
        raise CommandError(
            "uploads are not allowed yet; allow them with: storyroll consent grant cloud_processing",
            ExitCode.CONSENT,
        )


async def settled(session: Session) -> None:
    """Wait until every asset is looked at and the stories reflect it, saying how many wait."""
    with _console.status("waiting for the server") as status:
        call = session.suggestion.WatchStories(suggestion_pb2.WatchStoriesRequest())
        async for response in call:
            if response.WhichOneof("change") == "assets_pending":
                if response.assets_pending == 0:
                    call.cancel()
                    return
                status.update(f"{response.assets_pending} photos and videos still wait")
