"""`storyroll stories` and `render`: the proposals."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.consent import JsonOption
from services.cli.session import Session, with_session
from services.cli.views import print_json, story_view

app = typer.Typer(help="Show the stories.")
_console = Console()
StoryArgument = Annotated[str, typer.Argument(help="The story's id.")]


class Format(StrEnum):
    """What `render` makes."""

    OWN = "own"
    COLLAGE_PORTRAIT = "collage-portrait"
    COLLAGE_FEED = "collage-feed"
    COLLAGE_LANDSCAPE = "collage-landscape"
    VIDEO_PORTRAIT = "video-portrait"

    def to_pb(self) -> suggestion_pb2.RenderFormat.ValueType:
        """Return the format's value on the wire; `own` is the story's own form."""
        name = "UNSPECIFIED" if self is Format.OWN else self.name
        return suggestion_pb2.RenderFormat.Value(f"RENDER_FORMAT_{name}")


@app.callback(invoke_without_command=True)
@with_session
async def stories(session: Session, context: typer.Context, json: JsonOption = False) -> None:
    """Show the stories that are due, best first; without a subcommand, list them."""
    if context.invoked_subcommand:
        return
    found = [story_view(story) async for story in all_stories(session)]
    if json:
        print_json(found)
        return
    for story in found:
        _headline(story)
    if not found:
        print("no stories yet; upload photos with: storyroll sync FOLDER --wait")


@app.command("show")
@with_session
async def show(session: Session, story: StoryArgument, json: JsonOption = False) -> None:
    """Show one story, and why it was proposed."""
    answer = await session.suggestion.GetStory(suggestion_pb2.GetStoryRequest(story_id=story))
    why = await session.suggestion.ExplainStory(suggestion_pb2.ExplainStoryRequest(story_id=story))
    view = story_view(answer.story)
    reasons = [{"asset_id": item.asset_id, "reason": item.reason} for item in why.media]
    if json:
        print_json(view | {"media": reasons, "rests_on": [scope.lower() for scope in why.scopes]})
        return
    _headline(view)
    for sentence in why.evidence:
        print(f"  {sentence}")
    for item in reasons:
        print(f"    {item['asset_id']}  {item['reason']}")
    print(f"  rests on: {', '.join(scope.lower() for scope in why.scopes)}")


@app.command("reset-learning")
@with_session
async def reset_learning(session: Session) -> None:
    """Forget what was learned from your reactions to stories; ranking begins anew."""
    answer = await session.suggestion.ResetLearning(suggestion_pb2.ResetLearningRequest())
    print(f"forgot {answer.forgotten} reactions")


async def render(
    session: Session,
    story: StoryArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    format: Annotated[Format, typer.Option(help="What to make.")] = Format.OWN,  # noqa: A002
) -> None:
    """Render a story as a picture or a video."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("rendering", total=1.0)
        media_type = await save_rendering(
            session, story, output, format, lambda done: bar.update(task, completed=done)
        )
    print(f"{output} ({media_type}, {output.stat().st_size / 1e6:.1f} MB)")


async def save_rendering(
    session: Session,
    story: str,
    output: Path,
    format_: Format,
    progress: Callable[[float], None] = lambda _: None,
) -> str:
    """Write a rendering to a file, whole or not at all; return its media type."""
    request = suggestion_pb2.RenderStoryRequest(story_id=story, format=format_.to_pb())
    return await save_parts(session.suggestion.RenderStory(request), output, progress)


async def save_parts(
    parts: AsyncIterable[suggestion_pb2.RenderStoryResponse | suggestion_pb2.RenderSharedStoryResponse],
    output: Path,
    progress: Callable[[float], None] = lambda _: None,
) -> str:
    """Write what is sent of a rendering to a file, whole or not at all; return its media type."""
    media_type = ""
    partial = output.with_name(f".{output.name}.part")
    try:
        with partial.open("wb") as file:
            async for response in parts:
                match response.WhichOneof("part"):
                    case "progress":
                        progress(response.progress)
                    case "media_type":
                        media_type = response.media_type
                    case "data":
                        file.write(response.data)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return media_type


async def all_stories(session: Session) -> AsyncIterator[suggestion_pb2.Story]:
    """Yield every story that is due, best first, page by page."""
    token = ""
    while True:
        page = await session.suggestion.ListStories(suggestion_pb2.ListStoriesRequest(page_token=token))
        for story in page.stories:
            yield story
        token = page.next_page_token
        if not token:
            return


def _headline(story: dict[str, Any]) -> None:
    count = len(story["asset_ids"])
    _console.print(Text(story["title"], style="bold"), Text(story["subtitle"]))
    print(f"  {story['id']}  {story['kind']}, {count} photos and videos, score {story['score']:.2f}")
