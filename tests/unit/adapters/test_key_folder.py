"""The folder of keys: apart from what they seal, rotated without touching it, whole after a kill."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from pathlib import Path

import pytest

from services.adapters.clock import SystemClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_data_keys
from services.adapters.key_folder import KeyFolder, adopt_keys
from services.adapters.local import open_local
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.master_key import file_master_key
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sql import open_sqlite
from services.domain.consent import Scope
from services.domain.errors import FailedPrecondition
from services.domain.identity import AssetId, original_key
from services.domain.media import MediaKind
from services.domain.records import Kind
from tests.stored_library import ANA, NOW, StoredLibrary

PHOTO = bytes(range(256)) * 64
KILLED_AT = """
import asyncio, os, signal, sys
from pathlib import Path
from services.adapters import key_folder
from services.adapters.sealed import master_key
from services.adapters.sql.keys import SqlKeys
from services.adapters.sql.store import SqlRowStore

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

where = {"before the wrapping": (SqlKeys, "replace"), "after it": (SqlRowStore, "purge"),
         "before the end": (master_key, "_replace")}
setattr(*where[sys.argv[2]], die)

async def rotate():
    folder = key_folder.KeyFolder(Path(sys.argv[1]))
    await folder.rotate(await folder.open_rows())

asyncio.run(rotate())
"""


async def fill(folder: Path) -> None:
    async with open_local(folder, SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        await library.add("a", NOW, data=PHOTO, kind=MediaKind.PHOTO)


async def rotate(folder: Path) -> int:
    async with open_data_keys(DatabaseHost(), folder) as rows:
        return await KeyFolder(folder / "keys").rotate(rows)


async def readable(folder: Path) -> bool:
    async with open_local(folder, SystemClock()) as ports:
        record = await ports.catalog.get(ANA, Kind.ASSET, "a")
        original = await ports.vault.read(ANA, original_key(ANA, AssetId("a")))
        return len(record.facets) == 2 and original == PHOTO


def data_of(folder: Path) -> dict[str, str]:
    """Return the hash of every file but the keys."""
    files = [path for path in folder.rglob("*") if path.is_file() and "keys" not in path.parts]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


async def test_a_new_master_key_opens_everything_and_touches_no_data(tmp_path: Path) -> None:
    await fill(tmp_path)
    before, old = data_of(tmp_path), (tmp_path / "keys/master.key").read_bytes()
    assert await rotate(tmp_path) == 1 + len(Scope)
    assert data_of(tmp_path) == before
    assert (tmp_path / "keys/master.key").read_bytes() != old
    assert await readable(tmp_path)
    rows = await open_sqlite(tmp_path / "keys/data-keys.sqlite")
    with pytest.raises(Exception, match="does not open"):
        await EnvelopeKeyRing(rows, AesSealingKey(old)).scopes(ANA)
    await rows.close()


@pytest.mark.parametrize("moment", ["before the wrapping", "after it", "before the end"])
async def test_a_rotation_that_is_killed_is_completed_at_the_next_start(tmp_path: Path, moment: str) -> None:
    await fill(tmp_path)
    old = (tmp_path / "keys/master.key").read_bytes()
    command = (sys.executable, "-c", KILLED_AT, str(tmp_path / "keys"), moment)
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    assert (tmp_path / "keys/master.key").read_bytes() == old
    assert (tmp_path / "keys/master.key.next").exists()
    assert await readable(tmp_path)
    assert (tmp_path / "keys/master.key").read_bytes() != old
    assert not (tmp_path / "keys/master.key.next").exists()


async def test_keys_of_another_folder_are_not_wrapped_anew(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "keys/master.key").unlink()
    with pytest.raises(FailedPrecondition, match="the right folder"):
        await rotate(tmp_path)


async def test_the_catalog_holds_no_key(tmp_path: Path) -> None:
    """So a backup of it stays noise once its keys are destroyed."""
    await fill(tmp_path)
    catalog = await open_sqlite(tmp_path / "catalog.sqlite")
    async with catalog.read() as rows:
        assert await rows.keys.everybodys() == []
    await catalog.close()


async def test_keys_that_the_catalog_held_are_moved(tmp_path: Path) -> None:
    catalog, keys = await open_sqlite(tmp_path / "catalog"), await open_sqlite(tmp_path / "keys")
    master = file_master_key(tmp_path / "master")
    before = EnvelopeKeyRing(catalog, master)
    await before.create(ANA, Scope.FACES)
    digest = (await before.key(ANA, frozenset({Scope.FACES}))).digest(b"")
    async with catalog.read() as rows:
        (held,) = await rows.keys.everybodys()
    await adopt_keys(catalog, keys)
    await adopt_keys(catalog, keys)
    moved = await EnvelopeKeyRing(keys, master).key(ANA, frozenset({Scope.FACES}))
    assert moved.digest(b"") == digest
    assert held.wrapped not in (tmp_path / "catalog").read_bytes()
    await catalog.close()
    await keys.close()
