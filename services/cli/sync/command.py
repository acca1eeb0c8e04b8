"""The `sync` command."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from storyroll.consent.v1 import consent_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.failures import CommandError, ExitCode
from services.cli.session import Session
from services.cli.sync.changes import heard_from_now
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync

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
    watch: Annotated[bool, typer.Option("--watch", help="Go on: upload what is added later too.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until everything is looked at.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to keep trying while the server is away.")] = 120.0,
) -> None:
    """Upload a folder's photos and videos; what the server has is not sent again.

    A sync that breaks off goes on where it was when it is run again. Files that cannot be uploaded are
    listed at the end and do not stop the rest.
    """
    await _require_consent(session)
    async with AsyncExitStack() as listening:
        changes = await listening.enter_async_context(heard_from_now(folder)) if watch else None
        outcome = await _sync_once(session, folder, patience)
        if wait:
            await settled(session)
        if changes:
            _console.print(f"watching {folder}; end with Ctrl-C")
            async for _ in changes:
                await _sync_once(session, folder, patience)
    if outcome.failed:
        raise CommandError(f"{len(outcome.failed)} files were not uploaded", ExitCode.INCOMPLETE)


async def _require_consent(session: Session) -> None:
    """Say at once, not after all patience, that there is no server or nothing is allowed."""
    answer = await session.consent.GetConsent(consent_pb2.GetConsentRequest())
    if not any(grant.scope == consent_pb2.SCOPE_CLOUD_PROCESSING for grant in answer.grants):
        raise CommandError(
            "uploads are not allowed yet; allow them with: storyroll consent grant cloud_processing",
            ExitCode.CONSENT,
        )


async def _sync_once(session: Session, folder: Path, patience: float) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=_console, transient=True, disable=not _console.is_terminal) as bar:
        outcome = await Sync(session, folder, BarProgress(bar), patience).run()
    print(outcome.sentence(), flush=True)
    for path, reason in sorted(outcome.failed.items()):
        _console.print(
            f"not uploaded: {path}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True
        )
    return outcome


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
