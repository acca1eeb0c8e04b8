"""`storyroll receipt`: proof of what was destroyed, checked without any server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from services.adapters.sealed.signer import verify as is_signed
from services.cli.failures import CommandError, told_plainly
from services.cli.signed_file import SignedFile

app = typer.Typer(no_args_is_help=True, help="Check receipts of what was destroyed.")


@app.callback()
def receipt() -> None:
    """Check receipts of what was destroyed."""


@app.command("verify")
def verify(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="What --receipt wrote when it was destroyed.")
    ],
    key: Annotated[
        str, typer.Option(help="The server's public key, hexadecimal, as you learned it elsewhere.")
    ] = "",
) -> None:
    """Check that a receipt says what the server signed, and say it in words."""
    with told_plainly():
        signed = SignedFile.read(file)
        if not is_signed(signed.public_key, signed.statement, signed.signature):
            raise CommandError("the receipt is not what was signed: it was changed, or never signed")
        if key and key.lower() != signed.public_key.hex():
            raise CommandError(f"the receipt is signed, but by another key: {signed.public_key.hex()}")
        print(_sentence(signed))
    if not key:
        print(f"signed by {signed.public_key.hex()}; compare it with the key that your server states")


def _sentence(signed: SignedFile) -> str:
    said = json.loads(signed.statement)
    if "account_erased" not in said:
        raise CommandError("this is signed, but no receipt")
    what = "the whole account" if said["account_erased"] else ", ".join(said["scopes"])
    return (
        f"{said['at']}: {what} of {said['owner_digest'][:16]}…: {said['blobs']} originals, "
        f"{said['bytes']} bytes, {said['records']} records, {said['facets']} sealed parts destroyed"
    )
