"""Renditions are made once for all who ask at the same time, and kept in little room for a short time."""

from __future__ import annotations

import asyncio

from services.gateway.story_page.renditions import LIFETIME, Renditions
from services.rpc.story_viewer import Rendition


class Rendering:
    """Counts how often it is asked for."""

    def __init__(self, size: int = 1) -> None:
        self.count = 0
        self.size = size

    async def __call__(self) -> Rendition:
        self.count += 1
        await asyncio.sleep(0)
        return Rendition("image/jpeg", bytes(self.size))


async def test_who_asks_at_the_same_time_waits_for_one_rendering() -> None:
    renditions, render = Renditions(), Rendering()
    shown = await asyncio.gather(*(renditions.get("token", "de", render) for _ in range(5)))
    assert (render.count, len({id(rendition) for rendition in shown})) == (1, 1)


async def test_tokens_and_languages_have_renditions_of_their_own() -> None:
    renditions, render = Renditions(), Rendering()
    for token, languages in (("a", ""), ("b", ""), ("a", "de"), ("a", "")):
        await renditions.get(token, languages, render)
    assert render.count == 3


async def test_a_rendition_is_made_anew_after_its_time() -> None:
    now = 0.0
    renditions, render = Renditions(now=lambda: now), Rendering()
    await renditions.get("a", "", render)
    now = LIFETIME - 1
    await renditions.get("a", "", render)
    assert render.count == 1
    now = LIFETIME + 1
    await renditions.get("a", "", render)
    assert render.count == 2


async def test_the_oldest_go_where_there_is_no_room() -> None:
    renditions, render = Renditions(largest=25), Rendering(size=10)
    for token in ("a", "b", "c", "b", "c"):
        await renditions.get(token, "", render)
    assert render.count == 3
    await renditions.get("a", "", render)
    assert render.count == 4


async def test_a_rendering_that_fails_is_tried_again() -> None:
    renditions = Renditions()

    async def fail() -> Rendition:
        raise OSError

    results = await asyncio.gather(renditions.get("a", "", fail), return_exceptions=True)
    assert [type(result) for result in results] == [OSError]
    assert (await renditions.get("a", "", Rendering())).media_type == "image/jpeg"
