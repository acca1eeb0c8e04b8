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

app = typer.Typer(help="Show and name the people in the pictures.")


@app.callback(invoke_without_command=True)
@with_session
async def people(session: Session, context: typer.Context, json: JsonOption = False) -> None:
    """Show and name the people in the pictures; without a subcommand, list them."""
    if context.invoked_subcommand:
        return
    answer = await session.metadata.ListPeople(metadata_pb2.ListPeopleRequest())
    if json:
        print_json([person_view(person) for person in answer.people])
        return
    table = Table("id", "name", "birthday", "faces", "hidden")
    for person in (person_view(person) for person in answer.people):
        hidden = "hidden" if person["hidden"] else ""
        faces = str(len(person["faces"]))
        table.add_row(person["id"], person["name"], person["birthday"] or "", faces, hidden)
    Console().print(table)


@app.command("name")
@with_session
async def name(
    session: Session,
    person: Annotated[str, typer.Argument(help="The person's id.")],
    name: Annotated[str, typer.Argument(help="The name; empty takes it away.")],
    birthday: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD.")] = None,
) -> None:
    """Say who a person is, and when they were born."""
    request = metadata_pb2.UpdatePersonRequest(person_id=person, name=name)
    if birthday:
        request.birthday.CopyFrom(date_to_pb(date(birthday.year, birthday.month, birthday.day)))
    answer = await session.metadata.UpdatePerson(request)
    print(f"{answer.person.id} is {answer.person.name or 'nobody by name'}")
