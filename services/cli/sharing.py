"""`storyroll stories share`, `unshare` and `shared`: stories that others may see."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.session import Session
from services.cli.stories import Format, StoryArgument, save_parts
from services.rpc.media_convert import timestamp_from_pb

_DAY = 86_400


async def share(
    session: Session,
    story: StoryArgument,
    days: Annotated[float, typer.Option(min=0.01, max=90, help="How long.")] = 7.0,
) -> None:
    """Make a story visible to whoever holds the token that is printed, or opens the link with it."""
    request = suggestion_pb2.ShareStoryRequest(story_id=story, lifetime_seconds=round(days * _DAY))
    answer = await session.suggestion.ShareStory(request)
    until = timestamp_from_pb(answer.expire_time).isoformat(timespec="minutes")
    link = f"{session.pages}/s/{answer.token}/\n" if session.pages else ""
    print(f"{answer.token}\n{link}works until {until}, or until: storyroll stories unshare {story}")


async def unshare(session: Session, story: StoryArgument) -> None:
    """Take sharing back: the token stops working at once."""
    await session.suggestion.UnshareStory(suggestion_pb2.UnshareStoryRequest(story_id=story))
    print(f"{story} is yours alone again")


async def shared(
    session: Session,
    token: Annotated[str, typer.Argument(help="The token that somebody gave you.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the story here.")] = None,
) -> None:
    """Show a story that somebody shared; with -o, write its picture or video."""
    asked = suggestion_pb2.GetSharedStoryRequest(token=token)
    story = (await session.shared.GetSharedStory(asked)).story
    print(f"{story.title}\n{story.subtitle}".rstrip())
    if output:
        request = suggestion_pb2.RenderSharedStoryRequest(token=token, format=Format.OWN.to_pb())
        media_type = await save_parts(session.shared.RenderSharedStory(request), output)
        print(f"{output} ({media_type}, {output.stat().st_size / 1e6:.1f} MB)")
