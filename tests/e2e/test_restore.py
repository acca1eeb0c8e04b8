"""What is backed up as docs/operations.md says comes back; what was taken back since then does not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from services.adapters.bundle import Ports
from services.adapters.clock import FixedClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.local import open_local
from services.consent.consent import ConsentKeeper
from services.consent.erase import EraseAccount
from services.consent.revoke import RevokeConsent
from services.domain.consent import Scope
from services.domain.errors import NotFound, StoryrollError
from services.domain.facets import Description, Location, Original
from services.domain.identity import AssetId, original_key
from services.domain.records import Kind
from services.suggestion.stories import Stories
from tests.postgres_server import SMALL, fresh_database, installed
from tests.stored_library import ANA, BEN, LISBON, NOW, StoredLibrary, jpeg, story

PHOTOS = {name: jpeg(seed) for seed, name in enumerate(("first", "second", "third"))}
LATE = jpeg(9)


class Deployment(Protocol):
    """An installation, and what its operator does with it while nothing runs."""

    def opened(self) -> AbstractAsyncContextManager[Ports]: ...

    async def back_up(self) -> None: ...

    async def lose_and_restore(self) -> None:
        """Lose catalog, originals and the master key, but not the data keys; then follow the page."""
        ...


@dataclass
class OneMachine:
    """Everything below one folder."""

    folder: Path
    copy: Path

    def opened(self) -> AbstractAsyncContextManager[Ports]:
        return open_local(self.folder, FixedClock(NOW))

    async def back_up(self) -> None:
        shutil.copytree(self.folder, self.copy, ignore=shutil.ignore_patterns("keys"))

    async def lose_and_restore(self) -> None:
        living = shutil.move(self.folder / "keys", self.copy.with_name("living-keys"))
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        shutil.move(living, self.folder / "keys")


@dataclass
class Cluster:
    """The catalog on one database, data keys on another, originals and the master key in folders."""

    server: str
    catalog: str
    keys: str
    folder: Path
    copy: Path
    restored: list[AbstractAsyncContextManager[str]] = field(default_factory=list)

    def opened(self) -> AbstractAsyncContextManager[Ports]:
        return open_local(self.folder, FixedClock(NOW), database=DatabaseHost(self.catalog, self.keys, SMALL))

    async def back_up(self) -> None:
        shutil.copytree(self.folder, self.copy)
        _postgres("pg_dump", "--format=custom", f"--file={self.copy / 'catalog.dump'}", self.catalog)

    async def lose_and_restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        empty = fresh_database(self.server, migrated=False)
        self.restored.append(empty)
        self.catalog = await empty.__aenter__()
        _postgres(
            "pg_restore", "--exit-on-error", f"--dbname={self.catalog}", str(self.folder / "catalog.dump")
        )


def _postgres(program: str, *arguments: str) -> None:
    subprocess.run([installed().with_name(program), *arguments], check=True, timeout=60)


@pytest.fixture(params=["one machine", "cluster"])
async def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Deployment]:
    folder, copy = tmp_path / "data", tmp_path / "copy"
    if request.param == "one machine":
        yield OneMachine(folder, copy)
        return
    server = request.getfixturevalue("postgres")
    async with fresh_database(server) as catalog, fresh_database(server) as keys:
        cluster = Cluster(server, catalog, keys, folder, copy)
        yield cluster
        for database in cluster.restored:
            await database.__aexit__(None, None, None)


async def test_a_copy_brings_back_all_but_what_was_taken_back(deployment: Deployment) -> None:
    async with deployment.opened() as ports:
        for owner in (ANA, BEN):
            await fill(StoredLibrary.over(ports, owner))
    await deployment.back_up()
    async with deployment.opened() as ports:
        await erase(ports)(BEN, confirm=True)
        await revoke(ports)(ANA, {Scope.LOCATION})
        await StoredLibrary.over(ports, ANA).add("late", NOW, data=LATE)
    await deployment.lose_and_restore()
    async with deployment.opened() as ports:
        await all_of_ana_but_the_place(ports)
        await nothing_of_ben(ports)
        await what_is_missing_can_come_again(ports)


async def fill(library: StoredLibrary) -> None:
    await library.grant(*Scope)
    for name, data in PHOTOS.items():
        await library.add(name, NOW, LISBON, data=data)
    await library.tell(story("told", *PHOTOS, rests_on=frozenset({Scope.LOCATION})), story("plain", *PHOTOS))


async def all_of_ana_but_the_place(ports: Ports) -> None:
    records = await ports.catalog.find(ANA, Kind.ASSET)
    assert {record.id for record in records} == PHOTOS.keys()
    for record in records:
        assert record.get(Description)
        assert record.get(Location) is None
        key = record.require(Original).blob_key
        assert await ports.vault.read(ANA, key) == PHOTOS[record.id]
    assert Scope.LOCATION not in (await consent(ports).get(ANA)).scopes
    assert [shown.id for shown in await Stories(ports.catalog, ports.clock).shown(ANA)] == ["plain"]


async def nothing_of_ben(ports: Ports) -> None:
    """His rows are there again, and are noise."""
    for kind in Kind:
        assert all(not record.facets for record in await ports.catalog.find(BEN, kind))
    for name in PHOTOS:
        with pytest.raises(StoryrollError):
            await ports.vault.read(BEN, original_key(BEN, AssetId(name)))
    assert (await consent(ports).get(BEN)).scopes == frozenset()
    await erase(ports)(BEN, confirm=True)
    assert await ports.catalog.find(BEN, Kind.ASSET) == []


async def what_is_missing_can_come_again(ports: Ports) -> None:
    with pytest.raises(NotFound):
        await ports.catalog.get(ANA, Kind.ASSET, "late")
    await StoredLibrary.over(ports, ANA).add("late", NOW, data=LATE)
    late = await ports.catalog.get(ANA, Kind.ASSET, "late")
    assert await ports.vault.read(ANA, late.require(Original).blob_key) == LATE


def consent(ports: Ports) -> ConsentKeeper:
    return ConsentKeeper(ports.catalog, ports.keyring, ports.clock)


def erase(p: Ports) -> EraseAccount:
    return EraseAccount(p.catalog, p.keyring, p.vault, p.clock, signer=p.signer, signals=p.signals)


def revoke(p: Ports) -> RevokeConsent:
    return RevokeConsent(p.catalog, p.keyring, p.vault, p.clock, signer=p.signer, signals=p.signals)
