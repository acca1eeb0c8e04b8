"""`storyroll audit`: what was done with the owner's data, and whether the log is whole."""

from __future__ import annotations

import json as json_format
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from storyroll.consent.v1 import consent_pb2

from services.adapters.sealed.signer import verify as is_signed
from services.cli.consent import JsonOption
from services.cli.failures import CommandError
from services.cli.session import Session, with_session
from services.cli.signed_file import SignedFile
from services.cli.views import print_json
from services.domain.accounts import AuditAction, AuditEntry, AuditHead
from services.domain.audit_chain import faults
from services.rpc.media_convert import timestamp_from_pb

app = typer.Typer(help="Show what was done with your data; check that no line is missing.")
_PAGE = 1000


@app.callback(invoke_without_command=True)
@with_session
async def audit(session: Session, context: typer.Context, json: JsonOption = False) -> None:
    """Show what was done with your data, newest first."""
    if context.invoked_subcommand:
        return
    entries = [entry async for page in _pages(session) for entry in map(entry_from_pb, page.events)]
    if json:
        print_json([_view(entry) for entry in entries])
        return
    table = Table("line", "time", "action", "subject", "count", "detail")
    for entry in entries:
        when = entry.at.isoformat(timespec="seconds")
        table.add_row(str(entry.sequence), when, entry.action, entry.subject, str(entry.count), entry.detail)
    Console().print(table)


@app.command("verify")
@with_session
async def verify(
    session: Session,
    against: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Where --keep put an earlier end.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Keep the log's signed end here, to hold against it.")
    ] = None,
) -> None:
    """Check that no line of the log was removed or changed; with --against, since an earlier time too."""
    pages = [page async for page in _pages(session)]
    head = _trusted(SignedFile.of_head(pages[0].head))
    heads = [head, *([_trusted(SignedFile.read(against))] if against else [])]
    found = faults((entry_from_pb(event) for page in pages for event in page.events), heads)
    if found:
        raise CommandError(f"the audit log is not whole: {'; '.join(found[:5])}")
    if keep:
        SignedFile.of_head(pages[0].head).write(keep)
    print(f"the audit log is whole: {head.entries} lines, the last one {head.digest.hex()[:16]}…")


def entry_from_pb(event: consent_pb2.AuditEvent) -> AuditEntry:
    """Convert a line of the log; raise CommandError for an action that this version does not know."""
    try:
        action = AuditAction(event.action)
    except ValueError:
        raise CommandError(f"the server knows of {event.action}, this command does not: update it") from None
    at = timestamp_from_pb(event.time)
    return AuditEntry(
        action, at, event.subject, event.count, event.detail, event.sequence, event.previous_digest
    )


def _trusted(signed: SignedFile) -> AuditHead:
    if not is_signed(signed.public_key, signed.statement, signed.signature):
        raise CommandError("the end of the audit log is not signed by the key that it names")
    said = json_format.loads(signed.statement)
    return AuditHead(said["entries"], bytes.fromhex(said["digest"]))


async def _pages(session: Session) -> AsyncIterator[consent_pb2.ListAuditEventsResponse]:
    token = ""
    while True:
        request = consent_pb2.ListAuditEventsRequest(page_size=_PAGE, page_token=token)
        page = await session.consent.ListAuditEvents(request)
        yield page
        token = page.next_page_token
        if not token:
            return


def _view(entry: AuditEntry) -> dict[str, str | int]:
    return {
        "line": entry.sequence,
        "time": entry.at.isoformat(),
        "action": entry.action,
        "subject": entry.subject,
        "count": entry.count,
        "detail": entry.detail,
        "digest": entry.digest.hex(),
        "previous": entry.previous.hex(),
    }
