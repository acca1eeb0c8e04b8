"""The `storyroll` command."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from typing import Annotated

import typer

from services.cli import (
    audit,
    consent,
    dead_letters,
    doctor,
    export,
    gallery,
    keys,
    library,
    migrate,
    models,
    occasions,
    people,
    receipt,
    retention,
    sharing,
    stories,
    token,
    up,
    usage,
)
from services.cli.failures import ExitCode, leaves
from services.cli.session import with_session
from services.cli.sync.command import sync

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turns a camera roll into Stories, with its owner's consent.",
)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"storyroll {importlib.metadata.version('storyroll')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Turns a camera roll into Stories, with its owner's consent."""


app.command("up")(up.up)
app.add_typer(consent.app, name="consent")
app.add_typer(audit.app, name="audit")
app.add_typer(receipt.app, name="receipt")
app.command("retention")(with_session(retention.retention))
app.command("sync")(with_session(sync))
app.command("usage")(with_session(usage.usage))
for command in (sharing.share, sharing.unshare, sharing.shared):
    stories.app.command(command.__name__)(with_session(command))
app.add_typer(stories.app, name="stories")
app.command("render")(with_session(stories.render))
app.command("assets")(with_session(library.assets))
app.command("events")(with_session(library.events))
app.add_typer(people.app, name="people")
app.add_typer(occasions.app, name="occasions")
app.command("gallery")(with_session(gallery.gallery))
app.command("export")(with_session(export.export))
app.command("forget")(with_session(library.forget))
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("migrate")(migrate.migrate)
app.command("token")(token.token)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run a command; what nobody foresaw is one sentence too, its traceback only with STORYROLL_DEBUG."""
    try:
        app()
    except Exception as error:
        if os.environ.get("STORYROLL_DEBUG"):
            raise
        said = "; ".join(f"{type(leaf).__name__}: {leaf}" for leaf in leaves(error))
        print(f"storyroll: unexpected: {said}; set STORYROLL_DEBUG=1 to see where", file=sys.stderr)
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
