"""`storyroll dead-letters`: messages that a stage gave up on, and another try for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.failures import CommandError, ExitCode, told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.domain.messages import Consumer
from services.rpc.settings import DatabaseSettings

if TYPE_CHECKING:
    from services.adapters.outbox import DeadLetter, OutboxBus

app = typer.Typer(no_args_is_help=True, help="Look after messages that a stage gave up on.")

StageOption = Annotated[
    list[Consumer] | None, typer.Option("--stage", help="Only of this stage; may be given again.")
]


@app.command("list")
def list_(
    data: DataOption,
    *,
    database: DatabaseOption = "sqlite",
    stage: StageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List them with the reason, newest first; whose photos they are about is not told."""
    with told_plainly():
        letters = asyncio.run(_read(data, database, stage or list(Consumer)))
    rows = [_row(consumer, letter) for consumer, letter in letters]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print("{stage:<9}  {id}  {type:<15}  {attempts:>2} attempts  {since}  {reason}".format_map(row))
    if not rows:
        print("no dead letters")


@app.command("replay")
def replay(
    data: DataOption,
    *,
    ids: Annotated[list[str] | None, typer.Argument(help="Which; see `list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    database: DatabaseOption = "sqlite",
    stage: StageOption = None,
) -> None:
    """Give them another try, as if they came for the first time. Servers may run meanwhile."""
    with told_plainly():
        if bool(ids) == every:
            raise CommandError("name the dead letters to replay, or say --all")
        count = asyncio.run(_replay(data, database, stage or list(Consumer), ids))
        if not count and ids:
            raise CommandError("there are no such dead letters", ExitCode.NOT_FOUND)
    print(f"{count} messages are delivered again")


async def _read(data: Path, database: str, stages: list[Consumer]) -> list[tuple[Consumer, DeadLetter]]:
    async with _bus(data, database) as bus:
        return [(consumer, letter) for consumer in stages for letter in await bus.dead_letters(consumer)]


async def _replay(data: Path, database: str, stages: list[Consumer], ids: list[str] | None) -> int:
    count = 0
    async with _bus(data, database) as bus:
        for consumer in stages:
            named = [letter.message.id for letter in await bus.dead_letters(consumer)] if ids is None else ids
            count += await bus.replay(consumer, named)
    return count


@asynccontextmanager
async def _bus(data: Path, database: str) -> AsyncIterator[OutboxBus]:
    """Open the outbox, where dead letters are whichever bus delivers."""
    # Only these commands need the stores: the others start without loading them.
    from services.adapters.clock import SystemClock
    from services.adapters.database_host import open_catalog
    from services.adapters.outbox import OutboxBus
    from services.adapters.signals import LocalSignals

    async with open_catalog(DatabaseSettings().host(database), data) as rows:
        yield OutboxBus(rows, SystemClock(), LocalSignals())


def _row(consumer: Consumer, letter: DeadLetter) -> dict[str, Any]:
    return {
        "stage": consumer.value,
        "id": letter.message.id,
        "type": letter.message.type.value,
        "attempts": letter.attempts,
        "since": letter.message.created_at.isoformat(timespec="seconds"),
        "reason": letter.reason,
    }
