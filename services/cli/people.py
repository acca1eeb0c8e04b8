"""`storyroll people`: who appears in the pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from storyroll.metadata.v1 import metadata_pb2

from services.cli.consent import JsonOption
from services.cli.session import Session, with_session
from services.cli.views import person_view, print_json
from services.rpc.media_convert import date_to_pb

app = typer.Typer(help="Show, name, merge and tell apart the people in the pictures.")

PersonArgument = Annotated[str, typer.Argument(help="The person's id.")]


@app.callback(invoke_without_command=True)
@with_session
async def people(session: Session, context: typer.Context, json: JsonOption = False) -> None:
    """Show, name, merge and tell apart the people in the pictures; without a subcommand, list them."""
    if context.invoked_subcommand:
        return
    answer = await session.metadata.ListPeople(metadata_pb2.ListPeopleRequest())
    if json:
        print_json([person_view(person) for person in answer.people])
        return
    table = Table("id", "name", "birthday", "faces", "hidden")
    for person in (person_view(person) for person in answer.people):
        hidden = "hidden" if person["hidden"] else ""
        who = person["name"] or ("you?" if person["you"] else "")
        faces = str(len(person["faces"]))
        table.add_row(person["id"], who, person["birthday"] or "", faces, hidden)
    Console().print(table)


@app.command("name")
@with_session
async def name(
    session: Session,
    person: PersonArgument,
    name: Annotated[str, typer.Argument(help="The name; empty takes it away.")],
    birthday: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD.")] = None,
) -> None:
    """Say who a person is, and when they were born."""
    request = metadata_pb2.UpdatePersonRequest(person_id=person, name=name)
    if birthday:
        request.birthday.CopyFrom(date_to_pb(date(birthday.year, birthday.month, birthday.day)))
    answer = await session.metadata.UpdatePerson(request)
    print(f"{answer.person.id} is {answer.person.name or 'nobody by name'}")


@app.command("merge")
@with_session
async def merge(
    session: Session,
    person: PersonArgument,
    others: Annotated[list[str], typer.Argument(help="The ids of those who are the same person.")],
) -> None:
    """Say that several people are one."""
    request = metadata_pb2.MergePeopleRequest(person_ids=[person, *others])
    merged = (await session.metadata.MergePeople(request)).person
    print(f"{merged.id} is now in {len(merged.faces)} pictures")


@app.command("split")
@with_session
async def split(
    session: Session,
    person: PersonArgument,
    assets: Annotated[list[str], typer.Argument(help="The ids of the pictures that show somebody else.")],
    to: Annotated[str, typer.Option(help="The id of the person whom they show.")] = "",
    together: Annotated[
        bool, typer.Option("--together", help="They all show one person, who is somebody new.")
    ] = False,
) -> None:
    """Say that a person is not the one in some pictures, for good."""
    if to and together:
        raise typer.BadParameter("give --to or --together, not both")
    request = metadata_pb2.SplitPersonRequest(person_id=person, asset_ids=assets)
    if to:
        request.other_person_id = to
    elif together:
        request.one_person = True
    answer = await session.metadata.SplitPerson(request)
    print(f"{answer.person.id} is still in {len(answer.person.faces)} pictures")
    if answer.HasField("other"):
        print(f"{answer.other.id} is now in {len(answer.other.faces)} pictures")
