"""A door before a real S3 server: it notes which parts clients put, and can hold or refuse them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO

from aiohttp import ClientSession, web
from yarl import URL

from services.adapters.s3.access import S3Server

_HOP = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


class Door:
    """Passes every request on as it is; signatures cover its own address."""

    def __init__(self, server: S3Server, http: ClientSession) -> None:
        self.access = server
        self.put: list[str] = []
        """The names of the parts that were put by presigned URLs, whatever became of them."""
        self.before: Callable[[str], Awaitable[int]] = opened
        """Told the name of each such part; returns the status to refuse it with, or 0."""
        self._target = URL(server.endpoint)
        self._http = http

    async def carry(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.method == "PUT" and "X-Amz-Signature" in request.query:
            name = request.path.rpartition("/")[2]
            self.put.append(name)
            if status := await self.before(name):
                return web.Response(status=status)
        url = self._target.join(URL(request.raw_path, encoded=True))
        async with self._http.request(
            request.method, url, headers=request.headers, data=BytesIO(body)
        ) as answer:
            headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP]
            return web.Response(status=answer.status, headers=headers, body=await answer.read())


async def opened(name: str) -> int:
    return 0


@asynccontextmanager
async def door_to(server: S3Server) -> AsyncIterator[Door]:
    """Open a door to a server for as long as the block lasts; `access` is its address."""
    async with ClientSession(auto_decompress=False) as http:
        door = Door(server, http)
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{name:.*}", door.carry)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            door.access = S3Server(f"http://{host}:{port}", server.access_key, server.secret_key)
            yield door
        finally:
            await runner.cleanup()
