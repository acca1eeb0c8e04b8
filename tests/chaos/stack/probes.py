"""Pieces of work, each begun when something was struck: when it is done, that kind of work goes on again."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import Final

import aiohttp
import grpc
from storyroll.consent.v1 import consent_pb2

from services.cli.failures import CommandError
from services.cli.library import all_assets
from services.cli.stories import all_stories
from services.cli.sync.command import settled
from services.cli.views import asset_view
from tests.chaos.stack.account import Account

_LIMIT_S: Final = 300.0
_AGAIN_S: Final = 0.1
_MISSES: Final = (grpc.aio.AioRpcError, CommandError, aiohttp.ClientError, TimeoutError)


class Work(StrEnum):
    """What people and phones want of a server."""

    CONSENT = "reading consent"
    UPLOAD = "uploading"
    BROWSING = "browsing"
    ANALYSIS = "uploading and analysing"
    STORIES = "uploading, analysing and planning"
    PAGE = "showing a page"


class Probes:
    """Does one piece of work for an owner who does nothing else.

    Args:
        account: The owner.
        pages: Where pages of shared stories are, http://host:port.
    """

    def __init__(self, account: Account, pages: str) -> None:
        self.account = account
        self._page = f"{pages}/s/none/"
        self._do = {
            Work.CONSENT: self._consent,
            Work.UPLOAD: self._upload,
            Work.BROWSING: self._browse,
            Work.ANALYSIS: self._analyse,
            Work.STORIES: self._plan,
            Work.PAGE: self._show_page,
        }

    async def seconds_until(self, work: Work) -> float:
        """Return the seconds from now until a piece of work that begins now has succeeded."""
        began = time.monotonic()
        if work in (Work.UPLOAD, Work.ANALYSIS, Work.STORIES):
            await asyncio.to_thread(self.account.roll.take, 1)
        async with asyncio.timeout(_LIMIT_S):
            while not await self._tried(work):  # noqa: ASYNC110 - a server does not tell
                await asyncio.sleep(_AGAIN_S)
        return time.monotonic() - began

    async def _tried(self, work: Work) -> bool:
        try:
            await self._do[work]()
        except _MISSES:
            return False
        return True

    async def _consent(self) -> None:
        await self.account.session.consent.GetConsent(consent_pb2.GetConsentRequest())

    async def _browse(self) -> None:
        _ = [asset async for asset in all_assets(self.account.session)]
        _ = [story async for story in all_stories(self.account.session)]

    async def _upload(self) -> None:
        outcome = await self.account.sync()
        if outcome.failed:
            raise CommandError(", ".join(outcome.failed.values()))

    async def _analyse(self) -> None:
        await self._upload()
        while await self._waiting():  # noqa: ASYNC110 - a server does not tell
            await asyncio.sleep(_AGAIN_S)

    async def _waiting(self) -> bool:
        assets = [asset_view(asset) async for asset in all_assets(self.account.session)]
        return any(asset["state"] not in ("analysed", "unreadable") for asset in assets)

    async def _plan(self) -> None:
        await self._upload()
        await settled(self.account.session)

    async def settled(self) -> None:
        """Wait until everything of the account is analysed and planned."""
        while not await self._tried(Work.STORIES):  # noqa: ASYNC110 - it may break off
            await asyncio.sleep(_AGAIN_S)

    async def _show_page(self) -> None:
        """Ask for a story that nobody shares: the page that says so comes from the service of stories."""
        timeout = aiohttp.ClientTimeout(10)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(self._page) as answer:
            if answer.status != 404:
                raise TimeoutError(f"the page answered {answer.status}")
