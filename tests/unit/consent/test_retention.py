"""What its time has come for goes: originals as their owner chose, faces that nobody named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.adapters.clock import FixedClock
from services.adapters.sealed.signer import Ed25519Signer
from services.consent.retention import RetentionKeeper
from services.consent.revoke import RevokeConsent
from services.consent.sweep import SweepRetention, Swept
from services.domain.accounts import ACCOUNT_ID, Planned
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, InvalidArgument, NotFound
from services.domain.facets import Appearances, Description, Faces, Original, Person
from services.domain.identity import AssetId, PersonId, original_key
from services.domain.library import LibraryAsset
from services.domain.media import CaptureTimeSource
from services.domain.messages import Consumer
from services.domain.records import AssetState, Kind, StoryState
from services.domain.retention import KeepOriginals, Released, Retention
from tests.stored_library import ANA, BEN, NOW, StoredLibrary, story

MONTH = timedelta(days=30)


class Home:
    """Ana's library, its sweeper and a clock that a test moves."""

    def __init__(self, library: StoredLibrary) -> None:
        self.library = library
        self.keeper = RetentionKeeper(library.catalog, library.keyring, library.clock)
        self.sweep = SweepRetention(library.catalog, library.vault, library.clock)

    def wait(self, by: timedelta) -> None:
        assert isinstance(self.library.clock, FixedClock)
        self.library.clock.advance(by)

    async def keep(self, originals: KeepOriginals, bystander_days: int = 180) -> None:
        await self.keeper.set(ANA, Retention(originals, bystander_days))

    async def originals(self) -> list[str]:
        """Return the assets whose originals can be read."""
        found = []
        for record in await self.library.catalog.find(ANA, Kind.ASSET):
            try:
                await self.library.vault.size(ANA, original_key(ANA, AssetId(record.id)))
            except NotFound:
                assert record.get(Released) is not None or record.state == AssetState.STORED
                continue
            found.append(record.id)
        return found

    async def plan_all(self) -> None:
        settled = len(await self.library.catalog.find(ANA, Kind.ASSET))
        async with self.library.catalog.transaction(ANA) as tx:
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, Planned(settled, NOW))

    async def faces(self, asset: str) -> tuple[int, tuple[PersonId | None, ...]]:
        record = await self.library.catalog.get(ANA, Kind.ASSET, asset)
        faces, who = record.get(Faces), record.get(Appearances)
        return len(faces.faces) if faces else 0, who.people if who else ()


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    library = StoredLibrary.in_memory(tmp_path)
    await library.grant(*Scope)
    for id_ in "ab":
        await library.add(id_, NOW, data=b"a photo")
    return Home(library)


async def test_originals_stay_for_ever_unless_the_owner_chooses(home: Home) -> None:
    home.wait(timedelta(days=4000))
    assert (await home.sweep(ANA)).originals == 0
    assert await home.originals() == ["a", "b"]
    assert await home.keeper.get(ANA) == Retention(KeepOriginals.FOR_EVER, 180)


async def test_originals_go_after_thirty_days_and_what_is_known_stays(home: Home) -> None:
    await home.keep(KeepOriginals.THIRTY_DAYS)
    home.wait(MONTH - timedelta(hours=1))
    assert await home.sweep(ANA) == Swept()
    home.wait(timedelta(hours=1))
    assert await home.sweep(ANA) == Swept(originals=2)
    assert await home.originals() == []
    assert await home.sweep(ANA) == Swept()
    record = await home.library.catalog.get(ANA, Kind.ASSET, "a")
    asset = LibraryAsset.from_record(record)
    assert asset
    assert not asset.readable
    actions = await home.library.audited()
    assert actions.count("originals_released") == 2


async def test_what_was_not_looked_at_yet_stays(home: Home) -> None:
    await home.library.add("new", NOW, data=b"a photo", state=AssetState.DESCRIBED)
    await home.keep(KeepOriginals.THIRTY_DAYS)
    home.wait(MONTH)
    await home.sweep(ANA)
    assert await home.originals() == ["new"]


async def test_originals_go_once_stories_are_planned_but_for_those_that_a_story_shows(home: Home) -> None:
    await home.keep(KeepOriginals.UNTIL_STORIES)
    await home.sweep(ANA)
    assert await home.originals() == ["a", "b"]
    await home.library.tell(story("s", "a"))
    await home.plan_all()
    await home.sweep(ANA)
    assert await home.originals() == ["a"]


@pytest.mark.parametrize(
    ("state", "expires", "left"),
    [
        (StoryState.PROPOSED, NOW.date() + timedelta(days=9), ["a", "b"]),
        (StoryState.PROPOSED, NOW.date(), []),
        (StoryState.DISMISSED, None, []),
        (StoryState.SAVED, NOW.date(), ["a", "b"]),
        (StoryState.SHARED, NOW.date(), ["a", "b"]),
    ],
)
async def test_a_story_keeps_its_originals_while_it_lives(
    home: Home, state: StoryState, expires: date | None, left: list[str]
) -> None:
    await home.keep(KeepOriginals.UNTIL_STORIES)
    await home.library.tell(story("s", "a", "b", expires=expires), state=state)
    await home.plan_all()
    await home.sweep(ANA)
    assert await home.originals() == left


async def test_faces_of_people_nobody_named_go_and_those_of_the_named_stay(home: Home) -> None:
    library = home.library
    await library.add("crowd", NOW, who=("maria", "passer-by", "nobody"))
    for id_, person in (("p1", Person("Maria")), ("p2", Person()), ("p3", Person(hidden=True))):
        await library.name(id_, person)
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "crowd", Appearances((PersonId("p1"), PersonId("p2"), None)))
    home.wait(timedelta(days=179))
    assert (await home.sweep(ANA)).faces == 0
    await library.heard(Consumer.SCHEDULER)
    home.wait(timedelta(days=1))
    assert (await home.sweep(ANA)).faces == 2
    assert await home.faces("crowd") == (1, (PersonId("p1"),))
    assert set(await library.states(Kind.PERSON)) == {"p1", "p3"}
    assert await library.heard(Consumer.SCHEDULER) == [("library_changed", "")]
    assert await home.sweep(ANA) == Swept()


async def test_who_a_face_is_not_is_still_known_when_others_beside_it_are_gone(home: Home) -> None:
    library = home.library
    await library.add("crowd", NOW, who=("passer-by", "maria's sister", "nobody"))
    await library.name("p1", Person("Sister"))
    await library.name("p2", Person("Maria", denied=((AssetId("crowd"), 1), (AssetId("crowd"), 2))))
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "crowd", Appearances((None, PersonId("p1"), None)))
    home.wait(timedelta(days=181))
    assert (await home.sweep(ANA)).faces == 2
    maria = (await library.catalog.get(ANA, Kind.PERSON, "p2")).require(Person)
    assert (await home.faces("crowd"), maria.denied) == ((1, (PersonId("p1"),)), (("crowd", 0),))


async def test_somebody_who_came_up_again_is_kept_in_old_pictures_too(home: Home) -> None:
    library = home.library
    await library.add("old", NOW, who=("neighbour",))
    await library.name("p2", Person(), "old")
    home.wait(timedelta(days=170))
    await library.add("new", NOW, who=("neighbour",))
    async with library.catalog.transaction(ANA) as tx:
        record = await tx.get(Kind.ASSET, "new")
        original = replace(record.require(Original), uploaded_at=library.clock.now())
        await tx.put(Kind.ASSET, "new", original, Appearances((PersonId("p2"),)))
    home.wait(timedelta(days=20))
    assert (await home.sweep(ANA)).faces == 0
    home.wait(timedelta(days=180))
    assert (await home.sweep(ANA)).faces == 2
    assert await library.states(Kind.PERSON) == {}


@pytest.mark.parametrize("days", [0, -1, 3651])
async def test_a_time_that_cannot_be_meant_is_refused(home: Home, days: int) -> None:
    with pytest.raises(InvalidArgument):
        await home.keep(KeepOriginals.FOR_EVER, days)


async def test_without_consent_there_is_nothing_to_choose(home: Home) -> None:
    with pytest.raises(ConsentRequired):
        await home.keeper.set(BEN, Retention())


async def test_the_sweeper_runs_by_itself_until_it_is_stopped(home: Home) -> None:
    await home.keep(KeepOriginals.THIRTY_DAYS)
    stop = asyncio.Event()
    working = asyncio.create_task(home.sweep.run(stop, every=0.01))
    home.wait(MONTH)
    async with asyncio.timeout(10):
        while await home.originals():  # noqa: ASYNC110 - the vault is what is asked
            await asyncio.sleep(0.01)
        stop.set()
        await working


async def test_what_was_dated_by_a_place_that_is_taken_back_keeps_what_its_sender_said(home: Home) -> None:
    library = home.library
    there = Description(NOW, CaptureTimeSource.EXIF_PLACE, rests_on=frozenset({Scope.LOCATION}))
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", there)
    await home.keep(KeepOriginals.THIRTY_DAYS)
    home.wait(MONTH)
    await home.sweep(ANA)
    signer = Ed25519Signer(bytes(32))
    stores = (library.catalog, library.keyring, library.vault, library.clock)
    await RevokeConsent(*stores, signer=signer, signals=library.signals)(ANA, [Scope.LOCATION])
    described = (await library.catalog.get(ANA, Kind.ASSET, "a")).require(Description)
    assert (described.capture_time_source, described.readable) == (CaptureTimeSource.UPLOAD, False)
    assert await library.states(Kind.ASSET) == {"a": "unreadable", "b": "analysed"}
