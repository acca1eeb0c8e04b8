"""The web site of shared stories.

    /s/<token>/        the page of a story
    /s/<token>/media   its picture or video, whole or in ranges

Whether a token shows its story is asked with every request, so that a link that is taken back works no
longer, not for a page that is open either. Whatever shows nothing is answered in the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.domain.errors import NotFound, Unavailable
from services.gateway.story_page import page
from services.gateway.story_page.renditions import Renditions
from services.rpc.story_viewer import StoryViewer

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "storyroll",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_TOKEN: Final = "{token:[A-Za-z0-9_-]{1,1024}}"  # noqa: S105 - the place of one in a path
_VIEWER: Final = web.AppKey("viewer", StoryViewer)
_RENDITIONS: Final = web.AppKey("renditions", Renditions)


def story_site(viewer: StoryViewer, around: Sequence[Middleware] = ()) -> web.Application:
    """Return the site over whatever answers the viewer's questions, `around` being around every request."""
    site = web.Application(middlewares=[*around, _with_headers, _explained])
    site[_VIEWER], site[_RENDITIONS] = viewer, Renditions()
    site.router.add_get("/story.css", _style)
    site.router.add_get(f"/s/{_TOKEN}", _with_slash)
    site.router.add_get(f"/s/{_TOKEN}/", _story)
    site.router.add_get(f"/s/{_TOKEN}/media", _media)
    return site


async def _style(request: web.Request) -> web.Response:
    return web.Response(text=page.style(), content_type="text/css")


async def _with_slash(request: web.Request) -> web.Response:
    """Send on who has lost the last character, as happens to links in messages, whatever the token shows."""
    return web.Response(status=308, headers={"Location": f"/s/{request.match_info['token']}/"})


async def _story(request: web.Request) -> web.Response:
    story = await request.app[_VIEWER].story(request.match_info["token"], _languages(request))
    return _html(page.story_page(story))


async def _media(request: web.Request) -> web.Response:
    token, languages, viewer = request.match_info["token"], _languages(request), request.app[_VIEWER]
    await viewer.story(token, languages)
    rendition = await request.app[_RENDITIONS].get(
        token, languages, lambda: viewer.rendition(token, languages)
    )
    return _ranged(request, rendition.data, rendition.media_type)


def _languages(request: web.Request) -> str:
    return request.headers.get("Accept-Language", "")


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def _ranged(request: web.Request, data: bytes, media_type: str) -> web.Response:
    """Return the bytes that are asked for (RFC 9110, one range): all, some, or that there are none such."""
    headers = {"Accept-Ranges": "bytes"}
    try:
        asked = request.http_range
        start, stop, _ = asked.indices(len(data))
    except ValueError:
        start, stop = 1, 0
    if start >= stop:
        return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{len(data)}"})
    if (start, stop) == (0, len(data)) and "Range" not in request.headers:
        return web.Response(body=data, content_type=media_type, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], content_type=media_type, headers=headers)


@web.middleware
async def _explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what cannot be shown with a page, and with the same one whatever the reason."""
    try:
        return await handler(request)
    except (NotFound, web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _html(page.no_story_page(), 404)
    except Unavailable:
        return _html(page.later_page(), 503)


@web.middleware
async def _with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    answer.headers.update(_HEADERS)
    return answer
