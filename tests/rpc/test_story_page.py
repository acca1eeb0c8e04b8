"""The page of a shared story, fetched as a browser does, from a real server over a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
import pytest

from services.adapters.tracing.exporter import Collector, open_spans
from services.domain.records import Kind
from services.domain.stories.story import Form, Sharing, Story
from services.gateway.serve import serving_pages
from services.gateway.settings import GatewaySettings
from tests.otlp_collector import collecting
from tests.rpc.estate import ANAS, SECRETS, Estate, open_estate
from tests.rpc.test_shared_stories import shared, unshare
from tests.stored_library import ANA

estate = pytest.fixture(open_estate)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def lasting(self) -> tuple[int, dict[str, str], bytes]:
        """All of it but the time."""
        return self.status, {k: v for k, v in self.headers.items() if k != "Date"}, self.body


@dataclass
class Browser:
    """Somebody who opens links."""

    address: str
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Answer:
        async with self.http.get(self.address + path, headers=headers) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())


@pytest.fixture
async def browser(estate: Estate) -> AsyncIterator[Browser]:
    settings = GatewaySettings(port=0, server=estate.address)
    async with serving_pages(settings) as address, aiohttp.ClientSession() as http:
        yield Browser(address, http)


async def test_a_link_shows_its_story_and_nothing_else_of_its_owner(estate: Estate, browser: Browser) -> None:
    token = await shared(estate)
    page = await browser.get(f"/s/{token}/")
    assert page.status == 200
    assert b"<h1>Maria Silva in Lisbon</h1>" in page.body
    assert b'<img src="media"' in page.body
    assert b"<script" not in page.body
    assert token.encode() not in page.body
    assert not any(id_.encode() in page.body for id_ in (*ANAS.values(), ANA))
    others = [secret for secret in SECRETS if secret not in (b"Maria Silva", b"Lisbon")]
    assert not any(secret in page.body for secret in others)
    media = await browser.get(f"/s/{token}/media")
    assert (media.status, media.headers["Content-Type"]) == (200, "image/jpeg")
    assert media.body.startswith(b"\xff\xd8\xff")


async def test_what_a_story_says_is_text_and_never_markup(estate: Estate, browser: Browser) -> None:
    async with estate.library.catalog.transaction(ANA) as tx:
        story = (await tx.get(Kind.STORY, ANAS["story"])).require(Story)
        await tx.put(Kind.STORY, story.id, replace(story, title='<script>"&amp;'))
    page = await browser.get(f"/s/{await shared(estate)}/")
    assert b"<h1>&lt;script&gt;&#34;&amp;amp;</h1>" in page.body


async def test_a_link_that_lost_its_last_character_works(estate: Estate, browser: Browser) -> None:
    token = await shared(estate)
    assert (await browser.get(f"/s/{token}")).lasting == (await browser.get(f"/s/{token}/")).lasting


async def test_every_answer_asks_not_to_be_kept_told_on_or_scripted(estate: Estate, browser: Browser) -> None:
    token = await shared(estate)
    for path in (f"/s/{token}/", f"/s/{token}/media", "/s/unknown/", "/", "/story.css"):
        headers = (await browser.get(path)).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in headers["Server"]


async def test_unknown_expired_and_taken_back_are_the_same_answer(estate: Estate, browser: Browser) -> None:
    token = await shared(estate)
    answers = [await browser.get(path) for path in ("/s/unknown/", "/s/unknown/media", "/", "/s/%00/")]
    tampered = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    answers.append(await browser.get(f"/s/{tampered}/"))
    await browser.get(f"/s/{token}/media")  # kept by now, and no longer shown all the same
    async with estate.library.catalog.transaction(ANA) as tx:
        sharing = (await tx.get(Kind.STORY, ANAS["story"])).require(Sharing)
        await tx.put(Kind.STORY, ANAS["story"], replace(sharing, expires_at=datetime.now(UTC)))
    answers += [await browser.get(f"/s/{token}/"), await browser.get(f"/s/{token}/media", Range="bytes=0-9")]
    again = await shared(estate)
    await browser.get(f"/s/{again}/media")
    await unshare(estate)
    answers += [await browser.get(f"/s/{again}/"), await browser.get(f"/s/{again}/media")]
    assert answers[0].status == 404
    assert [answer.lasting for answer in answers] == [answers[0].lasting] * len(answers)


async def test_a_video_is_rendered_once_and_sent_in_ranges(estate: Estate, browser: Browser) -> None:
    async with estate.library.catalog.transaction(ANA) as tx:
        story = (await tx.get(Kind.STORY, ANAS["story"])).require(Story)
        await tx.put(Kind.STORY, story.id, replace(story, form=Form.VIDEO))
    token = await shared(estate)
    assert (
        b'<video controls playsinline preload="metadata" src="media"'
        in (await browser.get(f"/s/{token}/")).body
    )
    path = f"/s/{token}/media"
    whole = await browser.get(path)
    assert (whole.status, whole.headers["Content-Type"]) == (200, "video/mp4")
    size = len(whole.body)
    for asked, start, stop in (
        ("0-", 0, size),
        ("4-11", 4, 12),
        ("-5", size - 5, size),
        ("9-999999999", 9, size),
    ):
        part = await browser.get(path, Range=f"bytes={asked}")
        assert (part.status, part.headers["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/{size}")
        assert part.body == whole.body[start:stop]
    for asked in (f"bytes={size}-", "bytes=5-2", "bytes=x", "words=1-2"):
        beyond = await browser.get(path, Range=asked)
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (await estate.library.audited()).count("story_rendered") == 1


async def test_while_the_stories_are_away_the_page_says_so(browser: Browser, estate: Estate) -> None:
    token = await shared(estate)
    nowhere = GatewaySettings(port=0, server="127.0.0.1:9")
    async with serving_pages(nowhere) as address:
        answer = await Browser(address, browser.http).get(f"/s/{token}/")
    assert answer.status == 503
    assert b"cannot be shown now" in answer.body


async def test_no_log_holds_a_token(
    estate: Estate, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    token = await shared(estate)
    for path in (f"/s/{token}/", f"/s/{token}/media", f"/s/{token}x/"):
        await browser.get(path)
    assert token not in caplog.text


async def test_pages_are_followed_without_their_tokens(estate: Estate) -> None:
    token = await shared(estate)
    settings = GatewaySettings(port=0, server=estate.address)
    with collecting() as collector:
        with open_spans(Collector(collector.endpoint), "gateway") as spans:
            async with serving_pages(settings, spans) as address, aiohttp.ClientSession() as http:
                browser = Browser(address, http)
                answers = [await browser.get(path) for path in (f"/s/{token}/", f"/s/{token}/media", "/x/y")]
        told = [(span.name, span.attributes.get("http.response.status_code")) for span in collector.spans()]
        assert told == [
            ("page /s/{token}/", answers[0].status),
            ("page /s/{token}/media", answers[1].status),
            ("page", 404),
        ]
        assert token.encode() not in collector.sent()
