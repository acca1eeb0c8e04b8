"""The composition root of the suggestion service."""

from __future__ import annotations

from services.adapters.bundle import Ports
from services.rpc.alone import run_alone
from services.rpc.paging import PageTokens
from services.rpc.service import Service
from services.suggestion.learning import Learning
from services.suggestion.react import ReactToStory
from services.suggestion.render import RenderStory
from services.suggestion.servicer import SuggestionServicer
from services.suggestion.settings import SuggestionSettings
from services.suggestion.stories import Stories
from services.suggestion.watch import WatchStories


def assemble(ports: Ports, settings: SuggestionSettings) -> Service:
    """Return the suggestion service over these ports."""
    stories = Stories(ports.catalog, ports.clock)
    servicer = SuggestionServicer(
        stories,
        WatchStories(ports.catalog, stories, ports.signals),
        RenderStory(ports.catalog, ports.vault, ports.renderer, ports.clock, at_once=settings.renderings),
        ReactToStory(ports.catalog, ports.clock, ports.signals),
        Learning(ports.catalog, ports.clock),
        tokens=PageTokens(ports.page_secret),
    )
    return Service((servicer,))


if __name__ == "__main__":
    run_alone(lambda ports: assemble(ports, SuggestionSettings()))
