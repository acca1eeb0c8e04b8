"""`storyroll occasions`: anniversaries and other days to be reminded of every year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from storyroll.metadata.v1 import metadata_pb2

from services.cli.consent import JsonOption
from services.cli.session import Session, with_session
from services.cli.views import occasion_view, print_json
from services.domain.declared import OccasionKind
from services.rpc.media_convert import date_to_pb

app = typer.Typer(no_args_is_help=True, help="Declare, list and delete days to be reminded of every year.")


@app.command("declare")
@with_session
async def declare(
    session: Session,
    kind: Annotated[OccasionKind, typer.Argument(help="What it is.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="When it was first, YYYY-MM-DD.")],
    people: Annotated[
        list[str] | None, typer.Argument(help="The ids of those whose day it is; see `storyroll people`.")
    ] = None,
    title: Annotated[str, typer.Option(help="What to call it; else years and names do.")] = "",
) -> None:
    """Declare an anniversary, a wedding day, or another day by its title."""
    request = metadata_pb2.DeclareOccasionRequest(
        kind=metadata_pb2.OccasionKind.Value(f"OCCASION_KIND_{kind.name}"),
        day=date_to_pb(date(day.year, day.month, day.day)),
        person_ids=people or (),
        title=title,
    )
    occasion = (await session.metadata.DeclareOccasion(request)).occasion
    print(f"{occasion.id} comes round every year since {day:%Y-%m-%d}")


@app.command("list")
@with_session
async def list_(session: Session, json: JsonOption = False) -> None:
    """List what is declared, in order of the calendar."""
    answer = await session.metadata.ListOccasions(metadata_pb2.ListOccasionsRequest())
    found = [occasion_view(occasion) for occasion in answer.occasions]
    if json:
        print_json(found)
        return
    names = await _names(session)
    table = Table("id", "kind", "day", "people", "title")
    for occasion in found:
        people = ", ".join(names.get(id_, id_) for id_ in occasion["person_ids"])
        table.add_row(occasion["id"], occasion["kind"], occasion["day"], people, occasion["title"])
    Console().print(table)


async def _names(session: Session) -> dict[str, str]:
    """Return what people are called, where they are called anything."""
    answer = await session.metadata.ListPeople(metadata_pb2.ListPeopleRequest())
    return {person.id: person.name for person in answer.people if person.name}


@app.command("delete")
@with_session
async def delete(
    session: Session, occasion: Annotated[str, typer.Argument(help="The occasion's id.")]
) -> None:
    """Delete one, and with it its stories, unless you saved them."""
    await session.metadata.DeleteOccasion(metadata_pb2.DeleteOccasionRequest(occasion_id=occasion))
    print(f"{occasion} is deleted")
