"""`storyroll keys`: the keys of a data folder."""

from __future__ import annotations

import asyncio

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
