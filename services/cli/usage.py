"""`storyroll usage`: what is used of what may be uploaded."""

from __future__ import annotations

from rich.filesize import decimal
from storyroll.upload.v1 import upload_pb2

from services.cli.consent import JsonOption
from services.cli.session import Session
from services.cli.views import print_json


async def usage(session: Session, json: JsonOption = False) -> None:
    """Show how much is stored, and how much may still be uploaded."""
    used = await session.upload.GetUsage(upload_pb2.GetUsageRequest())
    if json:
        print_json({field.name: getattr(used, field.name) for field in used.DESCRIPTOR.fields})
        return
    print(f"originals: {decimal(used.used_bytes)} of {decimal(used.limit_bytes)}")
    print(
        f"one file: photos up to {decimal(used.photo_limit_bytes)}, videos {decimal(used.video_limit_bytes)}"
    )
    print(f"pace: {used.photos_left} may begin now, {used.photos_a_minute} a minute in the long run")
    print(f"at the same time: {used.writing} of {used.concurrent_writes}")
