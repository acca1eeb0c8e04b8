"""`storyroll consent`: what the owner allows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from storyroll.consent.v1 import consent_pb2

from services.cli.failures import CommandError
from services.cli.session import Session, with_session
from services.cli.signed_file import SignedFile
from services.cli.views import print_json, word
from services.domain.consent import Scope
from services.rpc.media_convert import timestamp_from_pb

app = typer.Typer(no_args_is_help=True, help="Grant, show or take back what Storyroll may do.")

ScopesArgument = Annotated[
    list[str], typer.Argument(help=f"Any of: {', '.join(scope.value for scope in Scope)}; or: all")
]
ERASURE_DEADLINE = 600.0
"""Seconds: a large library is erased before the call returns."""
ReceiptOption = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Keep the signed receipt here; see `storyroll receipt`.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("grant")
@with_session
async def grant(
    session: Session,
    scopes: ScopesArgument,
    terms: Annotated[str, typer.Option(help="The version of the terms that you have read.")] = "1",
) -> None:
    """Allow scopes; each is off until granted."""
    request = consent_pb2.GrantConsentRequest(scopes=_scopes(scopes), terms_version=terms)
    answer = await session.consent.GrantConsent(request)
    _show(answer.grants)


@app.command("show")
@with_session
async def show(session: Session, json: JsonOption = False) -> None:
    """Show the scopes in force."""
    answer = await session.consent.GetConsent(consent_pb2.GetConsentRequest())
    if json:
        print_json([_view(grant) for grant in answer.grants])
    else:
        _show(answer.grants)


@app.command("revoke")
@with_session
async def revoke(session: Session, scopes: ScopesArgument, receipt: ReceiptOption = None) -> None:
    """Take scopes back: all that they allowed is destroyed before this returns."""
    request = consent_pb2.RevokeConsentRequest(scopes=_scopes(scopes))
    answer = await session.consent.RevokeConsent(request, timeout=ERASURE_DEADLINE)
    hand_over(answer.receipt, receipt)
    _show(answer.grants)


def hand_over(receipt: consent_pb2.Receipt, file: Path | None) -> None:
    """Tell what was destroyed, and keep the receipt where the owner wants it."""
    if file:
        SignedFile.of_receipt(receipt).write(file)
    print(receipt_sentence(receipt))


def receipt_sentence(receipt: consent_pb2.Receipt) -> str:
    """Return in words what a receipt says was destroyed."""
    when = timestamp_from_pb(receipt.time).isoformat(timespec="seconds")
    return (
        f"destroyed at {when}: {receipt.blobs} originals ({receipt.bytes / 1e6:.1f} MB), "
        f"{receipt.records} records, {receipt.facets} sealed parts; signature {receipt.signature.hex()[:16]}…"
    )


def _scopes(names: Iterable[str]) -> list[consent_pb2.Scope.ValueType]:
    chosen = list(Scope) if list(names) == ["all"] else [_scope(name) for name in names]
    return [consent_pb2.Scope.Value(f"SCOPE_{scope.name}") for scope in chosen]


def _scope(name: str) -> Scope:
    try:
        return Scope(name.lower().replace("-", "_"))
    except ValueError:
        raise CommandError(f"{name} is no scope; choose from {', '.join(Scope)}, or all") from None


def _show(grants: Iterable[consent_pb2.Grant]) -> None:
    granted = {word(consent_pb2.Scope, grant.scope): grant for grant in grants}
    for scope in Scope:
        print(f"{'granted ' if scope.value in granted else 'off     '} {scope.value}")


def _view(grant: consent_pb2.Grant) -> dict[str, str | None]:
    return {
        "scope": word(consent_pb2.Scope, grant.scope),
        "terms_version": grant.terms_version,
        "granted_time": timestamp_from_pb(grant.granted_time).isoformat(),
    }
