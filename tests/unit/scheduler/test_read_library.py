"""What planning is given of a stored library."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.domain.consent import Scope
from services.domain.errors import Conflict
from services.domain.facets import Appearances, Person
from services.domain.identity import PersonId, StoryId
from services.domain.records import AssetState, Kind
from services.domain.stories.story import Feedback, Reaction, StoryKind
from services.scheduler.read_library import read_library
from tests.stored_library import ANA, LISBON, NOW, StoredLibrary, seen

DAY = datetime(2024, 5, 1, 14, tzinfo=UTC)


async def test_what_is_described_is_read_and_what_is_settled_counted(library: StoredLibrary) -> None:
    await library.add("waits", DAY, state=AssetState.STORED)
    await library.add("described", DAY, state=AssetState.DESCRIBED)
    await library.add("broken", DAY, state=AssetState.UNREADABLE)
    await library.add("whole", DAY, seen("whole", "beach"), LISBON, who=("maria",))
    await library.name("p1", Person("Maria"), "whole")
    snapshot = await read_library(library.catalog, ANA)
    read = {asset.id: asset for asset in snapshot.library.assets}
    assert set(read) == {"described", "broken", "whole"}
    assert snapshot.settled == 2
    whole = read["whole"]  # type: ignore[index]
    assert (whole.place, whole.themes, whole.people) == (LISBON.place, (("beach", 0.9),), ("p1",))
    assert snapshot.library.people == {"p1": Person("Maria")}
    assert snapshot.library.scopes == set(Scope)


async def test_without_consent_nothing_is_read(library: StoredLibrary) -> None:
    await library.add("whole", DAY, seen("whole"), LISBON, who=("maria",))
    await library.grant(Scope.CLOUD_PROCESSING)
    (asset,) = (await read_library(library.catalog, ANA)).library.assets
    assert (asset.place, asset.faces, asset.themes, asset.quality) == (None, (), (), None)
    assert (await read_library(library.catalog, PersonId("nobody"))).library.scopes == frozenset()  # type: ignore[arg-type]


async def test_feedback_is_read_only_while_learning_is_allowed(library: StoredLibrary) -> None:
    said = Feedback(StoryId("s"), StoryKind.EVENT, Reaction.DISMISSED, NOW)
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.FEEDBACK, "f", said)
    assert (await read_library(library.catalog, ANA)).library.feedback == (said,)
    await library.grant(*set(Scope) - {Scope.LEARNING})
    assert (await read_library(library.catalog, ANA)).library.feedback == ()


async def test_a_snapshot_stays_true_while_pictures_arrive(library: StoredLibrary) -> None:
    await library.add("a", DAY, who=("maria",))
    await library.name("p1", Person("Maria"), "a")
    snapshot = await read_library(library.catalog, ANA)
    await library.add("b", DAY)
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", Appearances((None,)))
        await snapshot.confirm(tx)


async def test_a_snapshot_ends_with_a_deletion_or_a_change_of_people(library: StoredLibrary) -> None:
    await library.add("a", DAY, who=("maria",))
    await library.add("b", DAY)
    await library.name("p1", Person("Maria"), "a")
    before = await read_library(library.catalog, ANA)
    await library.remove(Kind.ASSET, "b")
    deleted = await read_library(library.catalog, ANA)
    await library.name("p1", replace(Person("Maria"), hidden=True))
    for snapshot, said in ((before, "asset was deleted"), (deleted, "person was changed")):
        async with library.catalog.transaction(ANA) as tx:
            with pytest.raises(Conflict, match=said):
                await snapshot.confirm(tx)
