"""`storyroll keys`: the keys of a data folder."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from services.cli.failures import told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.rpc.data_folder import DataFolder
from services.rpc.settings import DatabaseSettings

app = typer.Typer(no_args_is_help=True, help="Look after the keys of a data folder.")


@app.callback()
def keys() -> None:
    """Look after the keys of a data folder."""


@app.command("rotate")
def rotate(data: DataOption, database: DatabaseOption = "sqlite") -> None:
    """Replace the master key, while no server runs; no photo and no record is touched."""
    # Only this command needs the stores: the others start without loading them.
    from services.adapters.database_host import open_data_keys
    from services.adapters.key_folder import KeyFolder

    folder = DataFolder(data)

    async def replace() -> int:
        async with open_data_keys(DatabaseSettings().host(database), folder.path) as rows:
            return await KeyFolder(folder.path / "keys").rotate(rows)

    with told_plainly(), folder.locked():
        count = asyncio.run(replace())
    print(f"the master key is new; {count} data keys were wrapped anew")


@app.command("rotate-issuer")
def rotate_issuer(
    data: DataOption,
    keep_hours: Annotated[
        float,
        typer.Option(
            min=0,
            max=24 * 366,
            help="How long tokens signed until now are believed yet; 0 refuses them at once.",
        ),
    ] = 12.0,
) -> None:
    """Sign tokens with a new key, while no server runs; tokens of the key before are believed for a while."""
    folder = DataFolder(data)
    with told_plainly(), folder.locked():
        kept = timedelta(hours=keep_hours)
        issuer = folder.issuer_keys().rotate(datetime.now(UTC), kept)
    before = f"tokens signed before are believed for {keep_hours:g} hours" if kept else "no other is believed"
    print(f"tokens are signed with the new key {issuer.signs_with.id}; {before}")
