"""`storyroll keys`: the keys of a data folder."""

from __future__ import annotations

import asyncio

import typer

from services.cli.failures import told_plainly
from services.cli.session import DataOption
from services.rpc.data_folder import DataFolder

app = typer.Typer(no_args_is_help=True, help="Look after the keys of a data folder.")


@app.callback()
def keys() -> None:
    """Look after the keys of a data folder."""


@app.command("rotate")
def rotate(data: DataOption) -> None:
    """Replace the master key, while no server runs; no photo and no record is touched."""
    # Only this command needs the stores: the others start without loading them.
    from services.adapters.key_folder import KeyFolder

    folder = DataFolder(data)
    with told_plainly(), folder.locked():
        count = asyncio.run(KeyFolder(folder.path / "keys").rotate())
    print(f"the master key is new; {count} data keys were wrapped anew")
