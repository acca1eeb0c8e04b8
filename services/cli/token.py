"""`storyroll token`: for clients that are not this one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from services.cli.failures import told_plainly
from services.cli.session import DataOption, OwnerOption
from services.rpc.data_folder import DataFolder


def token(
    data: DataOption,
    owner: OwnerOption = "me",
    hours: Annotated[float, typer.Option(min=0.01, help="How long it is valid.")] = 12.0,
) -> None:
    """Print a bearer token that the server of the data folder believes; keep it to yourself."""
    with told_plainly():
        print(DataFolder(data).issuer().mint(owner, timedelta(hours=hours)))
