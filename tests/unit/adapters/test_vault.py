"""Originals, sealed in segments."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.disk import DiskBlobStore
from services.adapters.memory import MemoryBlobStore, MemoryRowStore
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sealed.segments import HEADER, SEALED_SEGMENT, SEGMENT, apply_patches
from services.adapters.sealed.vault import SealedVault
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, NotFound, SealBroken
from services.domain.identity import OwnerId
from services.domain.ports import BlobStore
from services.domain.records import Erasure

ANA = OwnerId("ana")
KEY = "ana/originals/x"
SIZES = (0, 1, 1000, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 4 * SEGMENT, 9 * SEGMENT + 17)


@pytest.fixture(params=["memory", "disk"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return MemoryBlobStore() if request.param == "memory" else DiskBlobStore(tmp_path / "blobs")


@pytest.fixture
async def keyring() -> EnvelopeKeyRing:
    ring = EnvelopeKeyRing(MemoryRowStore(), AesSealingKey(bytes(32)))
    await ring.create(ANA, Scope.CLOUD_PROCESSING)
    return ring


@pytest.fixture
def vault(blobs: BlobStore, keyring: EnvelopeKeyRing, tmp_path: Path) -> SealedVault:
    return SealedVault(blobs, keyring, ScratchSpace(tmp_path / "scratch", tmp_path / "tmpfs"))


def sample(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def store(vault: SealedVault, data: bytes, key: str = KEY) -> None:
    stage = await vault.stage(ANA, key)
    for start in range(0, len(data), 200_000):
        await stage.append(data[start : start + 200_000])
    await stage.commit()


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


@pytest.mark.parametrize("size", SIZES)
async def test_an_original_reads_back_whole_and_in_ranges(vault: SealedVault, size: int) -> None:
    data = sample(size)
    await store(vault, data)
    assert await vault.size(ANA, KEY) == size
    assert await vault.read(ANA, KEY) == data
    for offset, length in ((0, 10), (SEGMENT - 5, 10), (size // 2, SEGMENT + 1), (size, 5), (size + 9, 5)):
        assert await vault.read(ANA, KEY, offset, length) == data[offset : offset + length]
    async with vault.as_file(ANA, KEY) as path:
        assert path.read_bytes() == data
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()


async def test_nothing_is_stored_in_clear(vault: SealedVault, blobs: BlobStore) -> None:
    await store(vault, b"a known text " * 1000)
    assert b"known" not in await blobs.read(KEY, 0, 100_000)


@pytest.mark.parametrize("cut", [0, 1, HEADER, HEADER + 5, SEALED_SEGMENT])
async def test_a_broken_write_goes_on_at_a_segment(
    tmp_path: Path, keyring: EnvelopeKeyRing, cut: int
) -> None:
    data = sample(2 * SEGMENT + 500)
    vault = SealedVault(DiskBlobStore(tmp_path / "blobs"), keyring, ScratchSpace(tmp_path / "scratch"))
    stage = await vault.stage(ANA, KEY)
    await stage.append(data[: SEGMENT + 300])
    await stage.flush()
    staged = tmp_path / "blobs/.staging" / KEY
    overwrite(staged, staged.stat().st_size, os.urandom(cut))
    resumed = await vault.stage(ANA, KEY)
    replayed = b"".join([part async for part in resumed.plaintext()])
    assert len(replayed) == resumed.committed == SEGMENT
    await resumed.append(data[SEGMENT:])
    await resumed.commit()
    assert await vault.read(ANA, KEY) == data


async def test_a_damaged_stage_begins_again_before_the_damage(
    tmp_path: Path, keyring: EnvelopeKeyRing
) -> None:
    data = sample(3 * SEGMENT + 5)
    vault = SealedVault(DiskBlobStore(tmp_path / "blobs"), keyring, ScratchSpace(tmp_path / "scratch"))
    stage = await vault.stage(ANA, KEY)
    await stage.append(data)
    await stage.flush()
    overwrite(tmp_path / "blobs/.staging" / KEY, HEADER + SEALED_SEGMENT + 99, b"?????")
    resumed = await vault.stage(ANA, KEY)
    assert b"".join([part async for part in resumed.plaintext()]) == data[:SEGMENT]
    await resumed.append(data[resumed.committed :])
    await resumed.commit()
    assert await vault.read(ANA, KEY) == data


async def test_asking_for_a_stage_does_not_disturb_its_writer(vault: SealedVault) -> None:
    data = sample(SEGMENT * 2 + 7)
    writer = await vault.stage(ANA, KEY)
    await writer.append(data[:SEGMENT])
    await writer.flush()
    assert (await vault.stage(ANA, KEY)).committed == SEGMENT
    await writer.append(data[SEGMENT:])
    await writer.commit()
    assert await vault.read(ANA, KEY) == data


async def test_segments_cannot_be_moved_cut_off_or_changed(tmp_path: Path, keyring: EnvelopeKeyRing) -> None:
    vault = SealedVault(DiskBlobStore(tmp_path / "blobs"), keyring, ScratchSpace(tmp_path / "scratch"))
    for case in ("swap", "cut", "flip", "other key"):
        await store(vault, sample(2 * SEGMENT + 3))
        path = tmp_path / "blobs" / KEY
        sealed = path.read_bytes()
        first, second = (sealed[HEADER + i * SEALED_SEGMENT :][:SEALED_SEGMENT] for i in range(2))
        if case == "swap":
            path.write_bytes(sealed[:HEADER] + second + first + sealed[HEADER + 2 * SEALED_SEGMENT :])
        elif case == "cut":
            path.write_bytes(sealed[: HEADER + SEALED_SEGMENT])
        elif case == "flip":
            overwrite(path, len(sealed) - 1, bytes([sealed[-1] ^ 1]))
        else:
            path = path.with_name("y")
            path.write_bytes(sealed)
        with pytest.raises(SealBroken):
            await vault.read(ANA, f"ana/originals/{path.name}")


@pytest.mark.parametrize("size", [100, SEGMENT, 2 * SEGMENT + 100])
async def test_patches_are_laid_over_what_is_stored_and_taken_off_again(
    vault: SealedVault, size: int
) -> None:
    data = sample(size)
    stage = await vault.stage(ANA, KEY)
    await stage.append(data)
    async with stage.as_file() as path:
        assert path.read_bytes() == data
    patches = [(10, b"\0" * 20), (size - 5, b"\0" * 5), (min(SEGMENT, size) - 40, b"\0" * 30)]
    await stage.commit(patches)
    expected = apply_patches(data, 0, patches)
    assert await vault.read(ANA, KEY) == expected != data
    undo = [(at, data[at : at + len(new)]) for at, new in patches]
    async with vault.as_file(ANA, KEY, undo) as path:
        assert path.read_bytes() == data
    assert (await vault.stage(ANA, KEY)).committed == 0


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=9)), max_size=4),
    st.integers(1, 20),
)
def test_patching_piece_by_piece_is_patching_the_whole(
    data: bytes, patches: list[tuple[int, bytes]], step: int
) -> None:
    patches = [(at, new) for at, new in patches if at + len(new) <= len(data)]
    whole = bytearray(data)
    for at, new in patches:
        whole[at : at + len(new)] = new
    pieces = [apply_patches(data[i : i + step], i, patches) for i in range(0, len(data), step)]
    assert b"".join(pieces) == bytes(whole)


async def test_without_consent_nothing_is_staged_or_read(
    vault: SealedVault, keyring: EnvelopeKeyRing
) -> None:
    await store(vault, b"1")
    await keyring.destroy(ANA, frozenset({Scope.CLOUD_PROCESSING}), account=False)
    with pytest.raises(ConsentRequired):
        await vault.stage(ANA, KEY)
    with pytest.raises(ConsentRequired):
        await vault.read(ANA, KEY)


async def test_deletes_one_or_all(vault: SealedVault) -> None:
    await store(vault, b"12")
    await store(vault, b"34", "ana/originals/y")
    unfinished = await vault.stage(ANA, "ana/originals/z")
    await unfinished.append(sample(SEGMENT))
    await unfinished.flush()
    assert (await vault.delete(ANA, KEY)).blobs == 1
    assert await vault.delete(ANA, KEY) == Erasure()
    assert (await vault.erase(ANA)).blobs == 2
    with pytest.raises(NotFound):
        await vault.size(ANA, "ana/originals/y")


def test_scratch_files_of_dead_processes_are_swept(tmp_path: Path) -> None:
    space = ScratchSpace(tmp_path / "scratch", tmp_path)
    with space.lend(10) as mine:
        dead = mine.with_name("999999999-abc")
        dead.write_bytes(b"left behind")
        assert space.sweep() == 1
        assert mine.exists()
        assert not dead.exists()


def test_scratch_falls_back_to_the_disk(tmp_path: Path) -> None:
    space = ScratchSpace(tmp_path / "scratch", tmp_path / "no such folder")
    with space.lend(10) as path:
        assert path.parent == tmp_path / "scratch"
    with ScratchSpace(tmp_path / "scratch", tmp_path).lend(1 << 30) as path:
        assert path.parent == tmp_path / "scratch"
