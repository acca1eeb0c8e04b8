"""`storyroll retention`: how long originals and unnamed faces are kept."""

from __future__ import annotations

from typing import Annotated

import typer
from storyroll.consent.v1 import consent_pb2

from services.cli.session import Session
from services.cli.views import word
from services.domain.retention import KeepOriginals


async def retention(
    session: Session,
    originals: Annotated[KeepOriginals | None, typer.Option(help="How long originals are kept.")] = None,
    bystander_days: Annotated[
        int | None, typer.Option(min=1, help="How long faces are kept that you did not name.")
    ] = None,
) -> None:
    """Show how long things are kept; with options, choose."""
    answer = await session.consent.GetRetention(consent_pb2.GetRetentionRequest())
    kept = answer.retention
    if originals:
        kept.originals = consent_pb2.OriginalRetention.Value(f"ORIGINAL_RETENTION_{originals.name}")
    if bystander_days:
        kept.bystander_days = bystander_days
    if originals or bystander_days:
        kept = (await session.consent.SetRetention(consent_pb2.SetRetentionRequest(retention=kept))).retention
    print(f"originals: {word(consent_pb2.OriginalRetention, kept.originals)}")
    print(f"faces that nobody named: {kept.bystander_days} days after the last upload that shows them")
