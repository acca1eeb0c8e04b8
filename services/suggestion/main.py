"""The composition root of the suggestion service."""

from __future__ import annotations

from services.adapters.bundle import Ports
from services.rpc.alone import run_alone
from services.rpc.paging import PageTokens
from services.rpc.service import Service
from services.rpc.share_links import ShareLinks
from services.suggestion.learning import Learning
from services.suggestion.react import ReactToStory
from services.suggestion.render import RenderStory
from services.suggestion.servicer import SharedStoryServicer, SuggestionServicer
from services.suggestion.settings import SuggestionSettings
from services.suggestion.shared_stories import SharedStories
from services.suggestion.stories import Stories
from services.suggestion.watch import WatchStories


def assemble(ports: Ports, settings: SuggestionSettings) -> Service:
    """Return the suggestion service over these ports."""
    stories, links = Stories(ports.catalog, ports.clock), ShareLinks(ports.page_secret)
    render = RenderStory(ports.catalog, ports.vault, ports.renderer, ports.clock, at_once=settings.renderings)
    servicer = SuggestionServicer(
        stories,
        WatchStories(ports.catalog, stories, ports.signals),
        render,
        ReactToStory(ports.catalog, ports.clock, ports.signals),
        Learning(ports.catalog, ports.clock),
        links=links,
        tokens=PageTokens(ports.page_secret),
    )
    viewers = SharedStoryServicer(SharedStories(ports.catalog, ports.clock), render, links)
    return Service((servicer, viewers))


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("suggestion", lambda ports: assemble(ports, SuggestionSettings()))
