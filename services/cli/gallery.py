"""`storyroll gallery`: every story on one static page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.failures import CommandError
from services.cli.session import Session
from services.cli.stories import all_stories


async def gallery(
    session: Session,
    out: Annotated[Path, typer.Argument(file_okay=False, help="The folder to write.")],
    note: Annotated[str, typer.Option(help="A sentence shown at the top of the page.")] = "",
    credits: Annotated[  # noqa: A002
        Path | None, typer.Option(exists=True, dir_okay=False, help="Where the pictures come from.")
    ] = None,
) -> None:
    """Render every story and write a page that shows them, to be opened in any browser."""
    # Renderings and pages need picture libraries, which other commands start faster without.
    from services.cli.gallery_page import write_page

    stories = [story async for story in all_stories(session)]
    if not stories:
        raise CommandError("there are no stories yet; upload photos with: storyroll sync FOLDER --wait")
    print(await write_page(session, stories, out, note=note, credits_file=credits))
