"""MetadataService over the wire: pages, filters, changes, and whose things they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from storyroll.media.v1 import media_pb2
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc

from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import AssetId, EventId
from services.domain.records import Kind
from services.domain.stories.story import AlbumEvent
from services.metadata.main import assemble
from services.metadata.settings import MetadataSettings
from services.rpc.media_convert import date_from_pb, timestamp_to_pb
from services.rpc.service import Service
from tests.rpc.conftest import Connecting, Serving
from tests.stored_library import LISBON, StoredLibrary, seen

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
Code = grpc.StatusCode
Call = Callable[[Any], Awaitable[Any]]


@dataclass
class Bench:
    library: StoredLibrary
    ana: Any
    ben: Any


@pytest.fixture
async def bench(serving: Serving, client: Connecting, tmp_path: Path) -> AsyncIterator[Bench]:
    """Ana has five photos, an hour apart, two events and two people; Ben has nothing."""
    async with open_memory(tmp_path, SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        for number, id_ in enumerate("abcde"):
            place = (LISBON,) if id_ in "ab" else ()
            await library.add(id_, AT + number * HOUR, seen(id_, "beach"), *place, who=("maria",), data=b"x")
        await library.name("p1", Person("Maria"), "a", "b", "c")
        await library.name("p2", Person(), "d")
        async with library.catalog.transaction(library.owner) as tx:
            for id_, start in (("e1", AT), ("e2", AT + 3 * HOUR)):
                event = AlbumEvent(EventId(id_), start, start + HOUR, (AssetId("a"),), LISBON.place, "t1")
                await tx.put(Kind.EVENT, id_, event, time=start)
        service = Service(assemble(ports, MetadataSettings()).servicers)
        async with (
            serving(service) as (_, address),
            client(address) as ana,
            client(address, "ben") as ben,
        ):
            stub = metadata_pb2_grpc.MetadataServiceStub
            yield Bench(library, stub(ana), stub(ben))


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details() or ""


def listing(**wanted: Any) -> metadata_pb2.ListAssetsRequest:
    return metadata_pb2.ListAssetsRequest(**wanted)


def declaring(**wanted: Any) -> metadata_pb2.DeclareOccasionRequest:
    fields = {"kind": metadata_pb2.OCCASION_KIND_OTHER, "day": media_pb2.Date(year=2014, month=6, day=12)}
    return metadata_pb2.DeclareOccasionRequest(**fields | wanted)


async def pages(call: Call, request: Any, field: str) -> list[str]:
    """Return the ids on each page."""
    found = []
    while True:
        page = await call(request)
        found.append("".join(item.id for item in getattr(page, field)))
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return found


async def test_assets_come_in_pages(bench: Bench) -> None:
    assert await pages(bench.ana.ListAssets, listing(page_size=2), "assets") == ["ab", "cd", "e"]
    assert await pages(bench.ana.ListAssets, listing(), "assets") == ["abcde"]
    assert await pages(bench.ben.ListAssets, listing(), "assets") == [""]


async def test_filters_cross_the_wire(bench: Bench) -> None:
    async def found(**wanted: Any) -> str:
        return "".join(await pages(bench.ana.ListAssets, listing(**wanted), "assets"))

    assert await found(since=timestamp_to_pb(AT + HOUR), until=timestamp_to_pb(AT + 3 * HOUR)) == "bc"
    assert await found(place="PT/Lisbon") == "ab"
    assert await found(person_id="p1", theme="beach") == "abc"
    assert await found(theme="snow") == ""


async def test_an_asset_is_shown_as_it_is_known(bench: Bench) -> None:
    asset = (await bench.ana.GetAsset(metadata_pb2.GetAssetRequest(asset_id="a"))).asset
    assert (asset.id, asset.place.city, asset.width) == ("a", "Lisbon", 4000)
    assert [face.person_id for face in asset.faces] == ["p1"]


async def test_page_tokens_are_good_for_their_method_and_owner_only(bench: Bench) -> None:
    token = (await bench.ana.ListAssets(listing(page_size=2))).next_page_token
    elsewhere = metadata_pb2.ListEventsRequest(page_token=token)
    forged = ("nonsense", "!!", token[:-4] + "AAAA", token + "A", token[4:])
    calls = [bench.ana.ListAssets(listing(page_token=bad)) for bad in forged]
    for call in (*calls, bench.ben.ListAssets(listing(page_token=token)), bench.ana.ListEvents(elsewhere)):
        code, said = await refused(call)
        assert (code, said) == (
            Code.INVALID_ARGUMENT,
            "the page token is not one that this method gave out",
        )


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (listing(page_size=-1), "page_size cannot be negative"),
        (listing(since=timestamp_to_pb(AT), until=timestamp_to_pb(AT - HOUR)), "ends before it starts"),
    ],
)
async def test_listings_that_mean_nothing_are_refused(
    bench: Bench, request_: metadata_pb2.ListAssetsRequest, said: str
) -> None:
    code, words = await refused(bench.ana.ListAssets(request_))
    assert code is Code.INVALID_ARGUMENT
    assert said in words


async def test_a_time_beyond_the_calendar_is_refused(bench: Bench) -> None:
    request = listing()
    request.since.seconds = 2**60
    code, said = await refused(bench.ana.ListAssets(request))
    assert (code, said) == (Code.INVALID_ARGUMENT, "a timestamp lies outside the years 1 to 9999")


@pytest.mark.parametrize(
    ("call", "own", "missing"),
    [
        (lambda stub, id_: stub.GetAsset(metadata_pb2.GetAssetRequest(asset_id=id_)), "a", "z"),
        (
            lambda stub, id_: stub.UpdatePerson(metadata_pb2.UpdatePersonRequest(person_id=id_, name="E")),
            "p1",
            "p9",
        ),
        (
            lambda stub, id_: stub.MergePeople(metadata_pb2.MergePeopleRequest(person_ids=[id_, "p2"])),
            "p1",
            "p9",
        ),
        (
            lambda stub, id_: stub.SplitPerson(
                metadata_pb2.SplitPersonRequest(person_id=id_, asset_ids=["a"])
            ),
            "p1",
            "p9",
        ),
        (lambda stub, id_: stub.DeclareOccasion(declaring(person_ids=[id_], title="x")), "p1", "p9"),
        (
            lambda stub, id_: stub.DeleteOccasion(metadata_pb2.DeleteOccasionRequest(occasion_id=id_)),
            "o1",
            "o9",
        ),
    ],
)
async def test_what_is_somebody_elses_is_missing_in_the_same_words(
    bench: Bench, call: Callable[[Any, str], Awaitable[Any]], own: str, missing: str
) -> None:
    theirs, nobodys = await refused(call(bench.ben, own)), await refused(call(bench.ana, missing))
    assert theirs[0] is nobodys[0] is Code.NOT_FOUND
    assert theirs[1] == nobodys[1].replace(missing, own)


async def test_deleting_is_for_the_owner_alone(bench: Bench) -> None:
    request = metadata_pb2.DeleteAssetsRequest(asset_ids=["a", "b", "z"])
    assert (await bench.ben.DeleteAssets(request)).deleted == 0
    assert (await bench.ana.DeleteAssets(request)).deleted == 2
    assert await pages(bench.ana.ListAssets, listing(), "assets") == ["cde"]
    code, said = await refused(bench.ana.DeleteAssets(metadata_pb2.DeleteAssetsRequest()))
    assert (code, said) == (Code.INVALID_ARGUMENT, "name 1 to 1000 assets; 0 were named")


async def test_events_come_in_pages(bench: Bench) -> None:
    request = metadata_pb2.ListEventsRequest(page_size=1)
    assert "".join(await pages(bench.ana.ListEvents, request, "events")) == "e1e2"
    event = (await bench.ana.ListEvents(metadata_pb2.ListEventsRequest())).events[0]
    assert (event.place.city, event.trip_id, list(event.asset_ids)) == ("Lisbon", "t1", ["a"])


async def test_a_person_is_named_dated_hidden_and_forgotten(bench: Bench) -> None:
    async def update(**changes: Any) -> Any:
        request = metadata_pb2.UpdatePersonRequest(person_id="p2", **changes)
        return (await bench.ana.UpdatePerson(request)).person

    dated = await update(name="Tom", birthday=media_pb2.Date(year=1990, month=5, day=3))
    assert (dated.name, date_from_pb(dated.birthday), dated.hidden) == ("Tom", date(1990, 5, 3), False)
    hidden = await update(hidden=True)
    assert (hidden.name, hidden.HasField("birthday"), hidden.hidden) == ("Tom", True, True)
    forgotten = await update(birthday=media_pb2.Date(), name="")
    assert (forgotten.name, forgotten.HasField("birthday"), forgotten.hidden) == ("", False, True)
    no_date = media_pb2.Date(year=2023, month=2, day=30)
    code, said = await refused(
        bench.ana.UpdatePerson(metadata_pb2.UpdatePersonRequest(person_id="p2", birthday=no_date))
    )
    assert (code, said) == (Code.INVALID_ARGUMENT, "2023-02-30 is not a date")


async def test_people_are_listed_and_merged(bench: Bench) -> None:
    people = (await bench.ana.ListPeople(metadata_pb2.ListPeopleRequest())).people
    assert [(p.id, p.name, sorted(f.asset_id for f in p.faces)) for p in people] == [
        ("p1", "Maria", ["a", "b", "c"]),
        ("p2", "", ["d"]),
    ]
    merge = metadata_pb2.MergePeopleRequest(person_ids=["p2", "p1"])
    merged = (await bench.ana.MergePeople(merge)).person
    assert (merged.id, merged.name, len(merged.faces)) == ("p2", "Maria", 4)
    assert list((await bench.ben.ListPeople(metadata_pb2.ListPeopleRequest())).people) == []
    one = metadata_pb2.MergePeopleRequest(person_ids=["p2"])
    assert (await refused(bench.ana.MergePeople(one)))[0] is Code.INVALID_ARGUMENT


async def test_people_are_told_apart(bench: Bench) -> None:
    def split(*assets: str, **instead: Any) -> metadata_pb2.SplitPersonRequest:
        return metadata_pb2.SplitPersonRequest(person_id="p1", asset_ids=assets, **instead)

    answer = await bench.ana.SplitPerson(split("a"))
    assert (sorted(f.asset_id for f in answer.person.faces), answer.HasField("other")) == (["b", "c"], False)
    known = await bench.ana.SplitPerson(split("b", other_person_id="p2"))
    assert sorted(face.asset_id for face in known.other.faces) == ["b", "d"]
    new = await bench.ana.SplitPerson(split("c", one_person=True))
    assert (list(new.person.faces), [face.asset_id for face in new.other.faces]) == ([], ["c"])
    code, said = await refused(bench.ana.SplitPerson(split("a")))
    assert (code, said) == (Code.INVALID_ARGUMENT, "person p1 was not found in asset a")
    assert (await refused(bench.ben.SplitPerson(split("a"))))[0] is Code.NOT_FOUND


async def test_occasions_are_declared_listed_and_deleted(bench: Bench) -> None:
    async def listed(stub: Any) -> list[metadata_pb2.Occasion]:
        return list((await stub.ListOccasions(metadata_pb2.ListOccasionsRequest())).occasions)

    named = declaring(title=" The old house ", person_ids=["p1", "p1"])
    occasion = (await bench.ana.DeclareOccasion(named)).occasion
    assert (occasion.title, list(occasion.person_ids)) == ("The old house", ["p1"])
    assert (occasion.kind, occasion.day) == (named.kind, named.day)
    assert (await bench.ana.DeclareOccasion(named)).occasion == occasion
    assert await listed(bench.ana) == [occasion]
    assert await listed(bench.ben) == []
    await bench.ana.DeleteOccasion(metadata_pb2.DeleteOccasionRequest(occasion_id=occasion.id))
    assert await listed(bench.ana) == []
    code, said = await refused(bench.ana.DeclareOccasion(declaring(kind=0, title="x")))
    assert (code, said) == (Code.INVALID_ARGUMENT, "say what kind of occasion it is")
    assert (await refused(bench.ben.DeclareOccasion(declaring(title="x"))))[0] is Code.FAILED_PRECONDITION
