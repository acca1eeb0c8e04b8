"""The key ring over rows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.adapters.memory import MemoryRowStore
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sql import open_sqlite
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, SealBroken
from services.domain.identity import OwnerId

ANA, BEN = OwnerId("ana"), OwnerId("ben")
FACES = frozenset({Scope.FACES})
BOTH = frozenset({Scope.FACES, Scope.CONTENT})
MASTER = AesSealingKey(bytes(32))


@pytest.fixture
async def keyring() -> EnvelopeKeyRing:
    ring = EnvelopeKeyRing(MemoryRowStore(), MASTER)
    for scope in (None, *BOTH):
        await ring.create(ANA, scope)
    return ring


async def test_keys_stay_the_same_once_made(keyring: EnvelopeKeyRing) -> None:
    sealed = (await keyring.key(ANA, FACES)).seal(b"face", b"")
    await keyring.create(ANA, Scope.FACES)
    assert (await keyring.key(ANA, FACES)).open(sealed, b"") == b"face"


async def test_keys_differ_between_owners_and_scopes(keyring: EnvelopeKeyRing) -> None:
    await keyring.create(BEN, Scope.FACES)
    sets = (frozenset[Scope](), FACES, frozenset({Scope.CONTENT}), BOTH)
    keys = [await keyring.key(ANA, scopes) for scopes in sets] + [await keyring.key(BEN, FACES)]
    assert len({key.digest(b"") for key in keys}) == 5


async def test_a_missing_key_names_the_scope(keyring: EnvelopeKeyRing) -> None:
    with pytest.raises(ConsentRequired, match="LOCATION"):
        await keyring.key(ANA, FACES | {Scope.LOCATION})
    with pytest.raises(ConsentRequired, match="CLOUD_PROCESSING"):
        await keyring.key(BEN, frozenset())
    assert await keyring.scopes(ANA) == BOTH


async def test_losing_one_scope_loses_what_rests_on_both(keyring: EnvelopeKeyRing) -> None:
    sealed = (await keyring.key(ANA, BOTH)).seal(b"story", b"")
    await keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
    with pytest.raises(ConsentRequired):
        await keyring.key(ANA, BOTH)
    await keyring.create(ANA, Scope.CONTENT)
    with pytest.raises(SealBroken):
        (await keyring.key(ANA, BOTH)).open(sealed, b"")


async def test_destroying_all_leaves_no_key(keyring: EnvelopeKeyRing) -> None:
    await keyring.destroy(ANA, frozenset(Scope), account=True)
    assert await keyring.scopes(ANA) == frozenset()
    with pytest.raises(ConsentRequired):
        await keyring.key(ANA, frozenset())


async def test_a_key_that_is_read_while_it_is_destroyed_is_not_kept(keyring: EnvelopeKeyRing) -> None:
    readers = [asyncio.create_task(keyring.scopes(ANA)) for _ in range(20)]
    await keyring.destroy(ANA, FACES, account=False)
    await asyncio.gather(*readers)
    assert await keyring.scopes(ANA) == frozenset({Scope.CONTENT})


async def test_keys_survive_the_process_and_need_the_master_key(tmp_path: Path) -> None:
    rows = await open_sqlite(tmp_path / "catalog.db")
    ring = EnvelopeKeyRing(rows, MASTER)
    await ring.create(ANA, Scope.FACES)
    digest = (await ring.key(ANA, FACES)).digest(b"")
    assert (await EnvelopeKeyRing(rows, MASTER).key(ANA, FACES)).digest(b"") == digest
    with pytest.raises(SealBroken):
        await EnvelopeKeyRing(rows, AesSealingKey(bytes([1] * 32))).scopes(ANA)
    await rows.close()


async def test_a_wrapped_key_cannot_be_given_to_somebody_else() -> None:
    rows = MemoryRowStore()
    await EnvelopeKeyRing(rows, MASTER).create(ANA, Scope.FACES)
    async with rows.write() as changes:
        await changes.keys.add(BEN, Scope.FACES, (await changes.keys.all(ANA))[Scope.FACES])
    with pytest.raises(SealBroken):
        await EnvelopeKeyRing(rows, MASTER).scopes(BEN)
