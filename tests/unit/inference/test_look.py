"""Looking at pictures that a client streams: each fails alone, and no more than a few are held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument, Unavailable, UnreadableMedia
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.ports import Sight, VisionModel
from services.inference.look import IN_FLIGHT, LARGEST_IMAGE, Answer, Item, LookAtImages
from tests.stored_library import ANA

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(20)
FACES_ONLY = frozenset({Scope.FACES})


class WatchedVision:
    """Sees pictures when let go; bytes that begin with an exception's name raise it."""

    failures = (UnreadableMedia, Unavailable)

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.asked: list[tuple[MediaKind, frozenset[Scope], OwnerId]] = []
        self.looking = 0
        self.most = 0

    def models(self) -> Sequence[VisionModel]:
        return ()

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        self.asked.append((kind, scopes, owner))
        self.looking += 1
        self.most = max(self.most, self.looking)
        try:
            await self.go.wait()
            data = bytes(source)  # type: ignore[arg-type]
            for failure in self.failures:
                if data.startswith(failure.__name__.encode()):
                    raise failure("told to")
            return Sight(len(data), 1, None, None)
        finally:
            self.looking -= 1


class Stream:
    """Items as a client sends them; counts how many were taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self.taken = 0

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        item = next(self._items, None)
        if item is None:
            raise StopAsyncIteration
        self.taken += 1
        return item


@pytest.fixture
def vision() -> WatchedVision:
    return WatchedVision()


def answers(vision: WatchedVision, items: Iterable[Item]) -> AsyncIterator[Answer]:
    return LookAtImages(vision)(ANA, Stream(items))


def pictures(n: int) -> list[Item]:
    return [Item(str(number), bytes(number + 1)) for number in range(n)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the counter is what is asked
            await asyncio.sleep(0.001)


async def test_every_picture_is_answered_under_its_name(vision: WatchedVision) -> None:
    found = {answer.id: answer.sight async for answer in answers(vision, pictures(50))}
    assert {id_: sight.width for id_, sight in found.items() if sight} == {str(n): n + 1 for n in range(50)}


async def test_no_pictures_no_answers(vision: WatchedVision) -> None:
    assert [answer async for answer in answers(vision, [])] == []


async def test_what_is_wanted_and_what_it_is_reaches_the_models(vision: WatchedVision) -> None:
    items = [Item("photo", b"\xff\xd8\xff\xe0" + bytes(20), FACES_ONLY), Item("video", MP4)]
    assert len([answer async for answer in answers(vision, items)]) == 2
    assert vision.asked == [
        (MediaKind.PHOTO, FACES_ONLY, ANA),
        (MediaKind.VIDEO, frozenset({Scope.FACES, Scope.CONTENT}), ANA),
    ]


async def test_a_picture_that_cannot_be_read_fails_alone(vision: WatchedVision) -> None:
    items = [Item("good", b"1"), Item("bad", b"UnreadableMedia"), Item("also good", b"2")]
    found = {answer.id: answer async for answer in answers(vision, items)}
    assert [id_ for id_, answer in found.items() if answer.error] == ["bad"]
    assert found["bad"].sight is None
    assert str(found["bad"].error) == "told to"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (Item("", b"1"), "needs an item_id"),
        (Item("large", bytes(LARGEST_IMAGE + 1)), "at most 32 MiB"),
    ],
)
async def test_an_item_that_is_none_ends_the_call(vision: WatchedVision, item: Item, said: str) -> None:
    stream = Stream([*pictures(3), item, Item("never", b"1")])
    with pytest.raises(InvalidArgument, match=said):
        [answer async for answer in LookAtImages(vision)(ANA, stream)]
    assert stream.taken == 4
    await until(lambda: vision.looking == 0)


async def test_an_outage_ends_the_call(vision: WatchedVision) -> None:
    items = [*pictures(3), Item("away", b"Unavailable")]
    with pytest.raises(Unavailable):
        [answer async for answer in answers(vision, items)]


async def test_no_more_than_a_few_are_in_work_and_taken_from_the_caller(vision: WatchedVision) -> None:
    vision.go.clear()
    stream = Stream(pictures(5 * IN_FLIGHT))
    async with aclosing(LookAtImages(vision)(ANA, stream)) as found:  # type: ignore[type-var]
        first = asyncio.ensure_future(anext(found))
        await until(lambda: vision.looking == IN_FLIGHT)
        await asyncio.sleep(0.02)
        assert (vision.looking, stream.taken) == (IN_FLIGHT, IN_FLIGHT + 1)
        vision.go.set()
        await first
        await asyncio.sleep(0.02)
        assert stream.taken <= IN_FLIGHT + 2, "answers that nobody reads must stop the intake"
        assert len([answer async for answer in found]) == 5 * IN_FLIGHT - 1
    assert vision.most == IN_FLIGHT


async def test_a_caller_who_goes_leaves_nothing_in_work(vision: WatchedVision) -> None:
    vision.go.clear()
    calling = asyncio.ensure_future(anext(answers(vision, pictures(100))))
    await until(lambda: vision.looking == IN_FLIGHT)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await until(lambda: vision.looking == 0)
