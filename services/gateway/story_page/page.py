"""What a browser is shown: a story, or that there is none."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.rpc.story_viewer import ViewedStory

_PACKAGE = "services.gateway.story_page"
_NONE = "There is no story here"
_LATER = "The story cannot be shown now"


def story_page(story: ViewedStory) -> str:
    """Return the page of a story; everything that the story says is escaped."""
    return _template().render(
        language="",
        title=story.title,
        subtitle=story.subtitle,
        video=story.is_video,
        picture=not story.is_video,
    )


def no_story_page() -> str:
    """Return the page of a link that shows nothing: unknown, expired and taken back alike."""
    return _words(_NONE, "The link may have expired, or whoever shared the story has taken it back.")


def later_page() -> str:
    """Return the page for when the stories are away."""
    return _words(_LATER, "Please come again in a moment.")


def style() -> str:
    """Return the style sheet of all of these."""
    return (files(_PACKAGE) / "story.css").read_text(encoding="utf-8")


def _words(title: str, subtitle: str) -> str:
    return _template().render(language="en", title=title, subtitle=subtitle, video=False, picture=False)


@cache
def _template() -> Template:
    loader = PackageLoader(_PACKAGE, package_path="")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")
