"""Finding out who is who, over a stored library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.domain.consent import Scope
from services.domain.facets import Appearances, Person
from services.domain.identity import AssetId
from services.domain.records import Kind
from services.metadata.people import People, PersonSplit
from services.scheduler.group_people import Found, KnownPeople, store_people
from services.scheduler.read_library import read_library
from tests.stored_library import ANA, StoredLibrary

DAY = datetime(2024, 5, 1, 14, tzinfo=UTC)


async def regroup(library: StoredLibrary) -> Found:
    """Group everybody and store it; return what was found."""
    before = (await read_library(library.catalog, ANA)).library
    found = KnownPeople(before.people, before.scopes).change(before.assets)
    async with library.catalog.transaction(ANA) as tx:
        await store_people(tx, before.people, found)
    return found


async def who(library: StoredLibrary, *assets: str) -> list[tuple[str | None, ...]]:
    records = await library.catalog.get_many(ANA, Kind.ASSET, assets)
    return [record.require(Appearances).people for record in records]


async def everybody(library: StoredLibrary) -> dict[str, Person]:
    return {r.id: r.require(Person) for r in await library.catalog.find(ANA, Kind.PERSON)}


async def revisions(library: StoredLibrary) -> list[int]:
    kinds = (Kind.ASSET, Kind.PERSON)
    return [record.revision for kind in kinds for record in await library.catalog.find(ANA, kind)]


async def add_photos(library: StoredLibrary, first: int, *pictures: tuple[str, ...]) -> None:
    for number, people in enumerate(pictures, first):
        await library.add(f"a{number}", DAY + timedelta(hours=number), who=people)


async def test_whoever_appears_twice_becomes_a_person(library: StoredLibrary) -> None:
    await add_photos(library, 0, ("maria", "tom"), ("tom",), ("maria", "passer-by"), ())
    await regroup(library)
    (maria, tom), (again,), (also, nobody) = await who(library, "a0", "a1", "a2")
    assert (again, also, nobody) == (tom, maria, None)
    people = await everybody(library)
    assert {id_: person.face_count for id_, person in people.items()} == {maria: 2, tom: 2}
    assert people[maria or ""].last_seen == DAY + timedelta(hours=2)


async def test_grouping_again_changes_nothing(library: StoredLibrary) -> None:
    await add_photos(library, 0, ("maria",), ("maria", "tom"), ("tom",))
    await regroup(library)
    stored = await revisions(library)
    assert (await regroup(library)).unstored == {}
    assert await revisions(library) == stored


async def test_a_name_stays_as_more_pictures_come(library: StoredLibrary) -> None:
    await add_photos(library, 0, ("maria",), ("maria",))
    await regroup(library)
    ((id_,),) = await who(library, "a0")
    assert id_ is not None
    (person,) = (await everybody(library)).values()
    await library.name(id_, Person("Maria", date(1990, 5, 3), centroids=person.centroids))
    await add_photos(library, 2, ("maria",), ("tom",))
    await regroup(library)
    maria = (await everybody(library))[id_]
    assert (maria.name, maria.birthday, maria.face_count) == ("Maria", date(1990, 5, 3), 3)
    assert await who(library, "a2", "a3") == [(id_,), (None,)]


async def test_people_whom_the_owner_merged_stay_one(library: StoredLibrary) -> None:
    await add_photos(library, 0, *[("maria",)] * 5, *[("maria as a child",)] * 5)
    await regroup(library)
    (kept,), (gone,) = await who(library, "a0", "a5")
    assert kept is not None
    assert gone is not None
    people = await everybody(library)
    looks = (*people[kept].centroids, *people[gone].centroids)
    await library.name(kept, Person("Maria", centroids=looks, merged=(gone,)))
    await add_photos(library, 10, ("maria as a child",))
    await regroup(library)
    assert set(await everybody(library)) == {kept}
    assert await who(library, "a0", "a5", "a10") == [(kept,)] * 3


async def test_without_consent_to_faces_nobody_is_looked_for(library: StoredLibrary) -> None:
    await add_photos(library, 0, ("maria",), ("maria",))
    await library.grant(Scope.CLOUD_PROCESSING)
    found = await regroup(library)
    assert (found.unstored, found.people) == ({}, {})
    assert await everybody(library) == {}


async def test_what_the_owner_told_apart_stays_apart_whatever_comes(library: StoredLibrary) -> None:
    await add_photos(library, 0, *[("maria",)] * 8)
    await regroup(library)
    ((maria,),) = await who(library, "a0")
    assert maria is not None
    twin = tuple(AssetId(f"a{n}") for n in range(4, 8))
    _, sister = await People(library.catalog, library.clock).split(
        ANA, PersonSplit(maria, twin, one_person=True)
    )
    assert sister is not None
    await add_photos(library, 10, *[("maria",)] * 4)
    for _ in range(2):
        await regroup(library)
        assert await who(library, "a0", "a3") == [(maria,)] * 2
        assert await who(library, *twin) == [(sister.id,)] * 4
    await People(library.catalog, library.clock).merge(ANA, [maria, sister.id])
    await regroup(library)
    assert await who(library, "a0", *twin, "a10") == [(maria,)] * 6


async def test_who_is_known_is_known_anew_when_the_owner_says_who_a_face_is_not(
    library: StoredLibrary,
) -> None:
    await add_photos(library, 0, *[("maria",)] * 4)
    found = await regroup(library)
    after = (await read_library(library.catalog, ANA)).library
    known, (maria,) = KnownPeople(after.people, after.scopes), found.people
    assert known.fits((await read_library(library.catalog, ANA)).library.people)
    await People(library.catalog, library.clock).split(ANA, PersonSplit(maria, (AssetId("a1"),)))
    assert not known.fits((await read_library(library.catalog, ANA)).library.people)
    await regroup(library)
    assert await who(library, "a0", "a1", "a2", "a3") == [(maria,), (None,), (maria,), (maria,)]
