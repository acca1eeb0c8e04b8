"""`storyroll assets`, `events` and `forget`: the library as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from storyroll.consent.v1 import consent_pb2
from storyroll.media.v1 import media_pb2
from storyroll.metadata.v1 import metadata_pb2

from services.cli.consent import ERASURE_DEADLINE, JsonOption, ReceiptOption, hand_over
from services.cli.session import Session
from services.cli.views import asset_view, event_view, print_json

_PAGE = 500


async def all_assets(session: Session) -> AsyncIterator[media_pb2.Asset]:
    """Yield every asset by capture time, page by page."""
    token = ""
    while True:
        request = metadata_pb2.ListAssetsRequest(page_size=_PAGE, page_token=token)
        page = await session.metadata.ListAssets(request)
        for asset in page.assets:
            yield asset
        token = page.next_page_token
        if not token:
            return


async def assets(session: Session, json: JsonOption = False) -> None:
    """List every photo and video with what is known of it."""
    found = [asset_view(asset) async for asset in all_assets(session)]
    if json:
        print_json(found)
        return
    table = Table("path", "taken", "source", "place", "reason")
    for asset in found:
        place = ", ".join(filter(None, (asset["city"], asset["country"])))
        taken, source = asset["capture_time"] or "", asset["capture_time_source"] or ""
        table.add_row(asset["path"], taken, source, place, asset["reason"])
    Console().print(table)


async def events(session: Session, json: JsonOption = False) -> None:
    """List the events into which the timeline falls."""
    found = [event_view(event) async for event in _all_events(session)]
    if json:
        print_json(found)
        return
    table = Table("start", "end", "photos", "place")
    for event in found:
        place = event["place"]["city"] if event["place"] else ""
        table.add_row(event["start"], event["end"], str(len(event["asset_ids"])), place)
    Console().print(table)


async def forget(
    session: Session,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    receipt: ReceiptOption = None,
) -> None:
    """Erase the whole account: every key, original, record and log line. There is no way back."""
    if not yes:
        typer.confirm("Erase everything that Storyroll keeps of you, for good?", abort=True)
    request = consent_pb2.EraseAccountRequest(confirm=True)
    answer = await session.consent.EraseAccount(request, timeout=ERASURE_DEADLINE)
    hand_over(answer.receipt, receipt)


async def _all_events(session: Session) -> AsyncIterator[metadata_pb2.Event]:
    token = ""
    while True:
        request = metadata_pb2.ListEventsRequest(page_size=_PAGE, page_token=token)
        page = await session.metadata.ListEvents(request)
        for event in page.events:
            yield event
        token = page.next_page_token
        if not token:
            return
