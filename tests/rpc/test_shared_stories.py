"""A shared story is shown to whoever holds its token, while it is shared, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from PIL import Image
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli import sharing
from services.cli.session import open_session
from services.domain.identity import StoryId
from services.domain.records import Kind
from services.domain.stories.story import Sharing
from services.rpc.share_links import ShareLinks
from tests.rpc.estate import ANAS, RULES, Estate, open_estate
from tests.rpc.rpc_walk import Answer, Linked, ask, path
from tests.stored_library import ANA

Code = grpc.StatusCode
NOT_SHARED = Answer(Code.NOT_FOUND, "no story is shared by this token", ())
estate = pytest.fixture(open_estate)


async def test_a_token_of_a_shared_story_shows_that_story_while_it_is_shared_and_nothing_else(
    estate: Estate,
) -> None:
    linked = [method for method in estate.found if isinstance(RULES[path(method)], Linked)]
    older, token = await shared(estate), await shared(estate)
    assert {(await view(estate, method, token)).code for method in linked} == {Code.OK}
    words = linked[0]
    (response,) = (await view(estate, words, token)).responses
    assert b"Maria Silva in Lisbon" in response
    assert not any(id_.encode() in response for id_ in ANAS.values())
    tampered = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    other = ShareLinks(bytes(32)).issue(ANA, StoryId(ANAS["story"]), "x")
    wrong = ["", "x", "é", token[:-1], tampered, token + "AAAA", other, older, "A" * 4000, ANAS["story"]]
    for method in linked:
        assert {await view(estate, method, guess) for guess in wrong} == {NOT_SHARED}
    await unshare(estate)
    assert {await view(estate, method, token) for method in linked} == {NOT_SHARED}
    assert "shared_story_viewed" in await estate.library.audited()


async def test_a_token_stops_working_when_its_time_is_over(estate: Estate) -> None:
    token = await shared(estate)
    async with estate.library.catalog.transaction(ANA) as tx:
        sharing = (await tx.get(Kind.STORY, ANAS["story"])).require(Sharing)
        await tx.put(Kind.STORY, ANAS["story"], replace(sharing, expires_at=datetime.now(UTC)))
    for method in estate.found:
        if isinstance(RULES[path(method)], Linked):
            assert await view(estate, method, token) == NOT_SHARED


async def test_stories_are_shared_from_the_command_line(
    estate: Estate, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async with open_session(estate.address, lambda: estate.issuer.mint(ANA)) as ana:
        await sharing.share(ana, ANAS["story"], days=1)
        token = capsys.readouterr().out.splitlines()[0]
        async with open_session(estate.address, lambda: "no token of this server") as viewer:
            await sharing.shared(viewer, token, tmp_path / "story.jpg")
            assert capsys.readouterr().out.startswith("Maria Silva in Lisbon\n")
            with Image.open(tmp_path / "story.jpg") as picture:
                assert picture.size == (1080, 1350)
            await sharing.share(replace(ana, pages="https://stories.example.org"), ANAS["story"])
            token, link, _ = capsys.readouterr().out.split("\n", 2)
            assert link == f"https://stories.example.org/s/{token}/"
            await sharing.unshare(ana, ANAS["story"])
            with pytest.raises(grpc.aio.AioRpcError, match="no story is shared"):
                await sharing.shared(viewer, token)


async def shared(estate: Estate) -> str:
    """Share Ana's story as she does; return the token."""
    (share,) = (method for method in estate.found if method.name == "ShareStory")
    (response,) = (await estate.ask(share, ANA, ANAS["story"])).responses
    return suggestion_pb2.ShareStoryResponse.FromString(response).token


async def unshare(estate: Estate) -> None:
    (method,) = (method for method in estate.found if method.name == "UnshareStory")
    assert (await estate.ask(method, ANA, ANAS["story"])).code is Code.OK


async def view(estate: Estate, method: MethodDescriptor, token: str) -> Answer:
    """Ask without a bearer token, as a viewer does."""
    return await ask(estate.channel, method, RULES[path(method)].request(token), None, patience=60)
