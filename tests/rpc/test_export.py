"""Everything that is kept is handed over: as it was sent, bit for bit, and taken up where it broke off."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import grpc
import pytest
from storyroll.consent.v1 import consent_pb2 as pb
from storyroll.consent.v1 import consent_pb2_grpc

from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.export import export
from services.cli.session import open_session
from services.consent.export import ExportAccount, FileBegins
from services.consent.main import assemble
from services.consent.settings import ConsentSettings
from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.errors import InvalidArgument
from services.domain.facets import LocationTags, Person
from services.domain.identity import OwnerId, original_key
from services.domain.records import Kind, Record
from services.domain.stories import wording
from services.rpc.tokens import LocalIssuer
from tests.rpc.conftest import Connecting, Serving
from tests.stored_library import ANA, LISBON, NOW, StoredLibrary, jpeg, seen, story

PHOTO = jpeg(1)
SENT = PHOTO[:100] + b"38.7223N" + PHOTO[108:]
"""As it was sent; what is stored has other bytes where the place was."""
VIDEO = bytes(range(256)) * 12_000


@pytest.fixture
async def address(serving: Serving, tmp_path: Path) -> AsyncIterator[str]:
    async with open_local(tmp_path / "data", SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        await library.add(
            "a",
            NOW,
            LISBON,
            seen("a", "beach"),
            LocationTags(((100, SENT[100:108]),)),
            data=PHOTO,
            who=("m",),
        )
        await library.add("b", NOW, data=VIDEO)
        await library.add("gone", NOW)
        await library.name("p", Person("Maria"), "a")
        async with library.catalog.transaction(ANA) as tx:
            await tx.put(Kind.OCCASION, "o", DeclaredOccasion(OccasionKind.OTHER, date(2014, 6, 12)))
        await library.tell(story("s", "a", "b", title=wording.say("title.first_snow")))
        async with serving(assemble(ports, ConsentSettings())) as (_, address):
            yield address


async def exported(
    address: str, issuer: LocalIssuer, out: Path, owner: OwnerId = ANA, language: str = ""
) -> dict[str, bytes]:
    async with open_session(address, lambda: issuer.mint(owner), language) as session:
        await export(session, out)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_everything_is_handed_over(address: str, issuer: LocalIssuer, tmp_path: Path) -> None:
    files = await exported(address, issuer, tmp_path / "mine.zip")
    assert files["originals/a/a.jpg"] == SENT
    assert files["originals/b/b.jpg"] == VIDEO
    assert not any("gone" in name for name in files)
    lists = {
        name: [json.loads(line) for line in files[name].splitlines()] for name in files if "jsonl" in name
    }
    assert {asset["id"] for asset in lists["assets.jsonl"]} == {"a", "b", "gone"}
    (asset,) = (asset for asset in lists["assets.jsonl"] if asset["id"] == "a")
    assert asset["location"]["place"]["city"] == "Lisbon"
    assert len(asset["faces"]["faces"][0]["embedding"]) == 128
    assert [person["person"]["name"] for person in lists["people.jsonl"]] == ["Maria"]
    assert [told["occasion"]["day"] for told in lists["occasions.jsonl"]] == ["2014-06-12"]
    assert [told["story"]["title"] for told in lists["stories.jsonl"]] == ["First snow"]
    assert [line["audit"]["action"] for line in lists["audit.jsonl"]] == ["account_exported"]
    account = json.loads(files["account.json"])
    assert (account["owner"], len(account["granted"])) == (ANA, len(Scope))


async def test_stories_are_handed_over_in_the_language_asked_for(
    address: str, issuer: LocalIssuer, tmp_path: Path
) -> None:
    files = await exported(address, issuer, tmp_path / "meine.zip", language="de")
    assert json.loads(files["stories.jsonl"])["story"]["title"] == "Der erste Schnee"


async def test_nobody_else_gets_any_of_it(address: str, issuer: LocalIssuer, tmp_path: Path) -> None:
    files = await exported(address, issuer, tmp_path / "theirs.zip", OwnerId("ben"))
    assert {name for name, data in files.items() if data} == {"account.json"}
    assert json.loads(files["account.json"]) == {"owner": "ben", "granted": [], "history": []}


async def names(channel: grpc.aio.Channel, after: str = "") -> list[str]:
    stub: Any = consent_pb2_grpc.ConsentServiceStub(channel)
    return [part.file async for part in stub.ExportAccount(pb.ExportAccountRequest(after=after)) if part.file]


async def test_an_export_goes_on_after_any_file(address: str, client: Connecting) -> None:
    async with client(address) as channel:
        whole = await names(channel)
        assert len(whole) == 10
        for number, name in enumerate(whole, 1):
            assert await names(channel, name) == whole[number:]
        for nobodys in ("elsewhere.json", "originals/x/x.jpg"):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await names(channel, nobodys)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


class Breaking:
    """The consent service as it looks over a line that breaks now and then."""

    def __init__(self, real: Any, after: int, times: int = 8) -> None:
        self._real = real
        self._after = after
        self._times = times
        self.calls = 0

    async def ExportAccount(self, request: Any) -> AsyncIterator[Any]:
        self.calls += 1
        count = 0
        async for part in self._real.ExportAccount(request):
            count += 1
            if count > self._after and self.calls <= self._times:
                raise grpc.aio.AioRpcError(
                    grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "lost"
                )
            yield part


@pytest.mark.parametrize("after", [5, 9])
async def test_a_line_that_breaks_costs_nothing(
    address: str, issuer: LocalIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr("services.cli.export._PAUSE", 0.01)
    undisturbed = await exported(address, issuer, tmp_path / "whole.zip")
    async with open_session(address, lambda: issuer.mint(ANA)) as session:
        breaking = Breaking(session.consent, after)
        object.__setattr__(session, "consent", breaking)
        await export(session, tmp_path / "broken.zip")
    assert breaking.calls > 2
    with zipfile.ZipFile(tmp_path / "broken.zip") as archive:
        assert sorted(archive.namelist()) == sorted(undisturbed)
        same = [n for n in undisturbed if n != "audit.jsonl" and archive.read(n) != undisturbed[n]]
    assert same == []


async def broken_off(address: str, issuer: LocalIssuer, out: Path) -> None:
    """Export over a line that breaks in the middle of the video until patience ends."""
    async with open_session(address, lambda: issuer.mint(ANA)) as session:
        object.__setattr__(session, "consent", Breaking(session.consent, 9, times=1000))
        with pytest.raises(grpc.aio.AioRpcError):
            await export(session, out)
    assert not await asyncio.to_thread(out.exists)


async def test_an_export_that_gave_up_goes_on_when_it_is_run_again(
    address: str, issuer: LocalIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.export._PAUSE", 0.01)
    asked: list[str] = []
    monkeypatch.setattr(ExportAccount, "_asset_of", noting(ExportAccount._asset_of, asked))
    await broken_off(address, issuer, tmp_path / "mine.zip")
    asked.clear()
    files = await exported(address, issuer, tmp_path / "mine.zip")
    assert asked == ["originals/a/a.jpg"]
    assert (files["originals/a/a.jpg"], files["originals/b/b.jpg"]) == (SENT, VIDEO)
    assert len(files) == 10


async def test_what_broke_off_is_not_gone_on_with_by_somebody_else(
    address: str, issuer: LocalIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.export._PAUSE", 0.01)
    await broken_off(address, issuer, tmp_path / "one.zip")
    files = await exported(address, issuer, tmp_path / "one.zip", OwnerId("ben"))
    assert {name for name, data in files.items() if data} == {"account.json"}


async def test_an_export_whose_last_file_was_deleted_meanwhile_begins_anew(
    address: str, issuer: LocalIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.export._PAUSE", 0.01)
    await broken_off(address, issuer, tmp_path / "mine.zip")

    async def deleted(self: ExportAccount, owner: OwnerId, name: str) -> Record:
        raise InvalidArgument("this export has no such file; begin anew")

    monkeypatch.setattr(ExportAccount, "_asset_of", deleted)
    files = await exported(address, issuer, tmp_path / "mine.zip")
    assert (len(files), files["originals/b/b.jpg"]) == (10, VIDEO)


def noting(real: Any, asked: list[str]) -> Any:
    """Return a method that notes which file an export goes on after."""

    async def noted(self: ExportAccount, owner: OwnerId, name: str) -> Record:
        asked.append(name)
        return await real(self, owner, name)  # type: ignore[no-any-return]

    return noted


async def test_an_export_that_was_killed_goes_on_and_is_whole(
    address: str, issuer: LocalIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    real = ExportAccount._original

    async def held(self: ExportAccount, owner: OwnerId, record: Record, original: Any) -> AsyncIterator[Any]:
        async for part in real(self, owner, record, original):
            if isinstance(part, FileBegins):
                sent.append(part.name)
            elif sent == ["originals/a/a.jpg", "originals/b/b.jpg"]:
                await asyncio.Event().wait()  # the first time, in the middle of the second
            yield part

    asked: list[str] = []
    monkeypatch.setattr(ExportAccount, "_original", held)
    monkeypatch.setattr(ExportAccount, "_asset_of", noting(ExportAccount._asset_of, asked))
    out, journal = tmp_path / "mine.zip", tmp_path / "mine.zip.part.journal"
    command = await begun(address, issuer, out)
    while not (journal.exists() and "originals/a/" in journal.read_text()):
        assert command.returncode is None
        await asyncio.sleep(0.05)
    command.kill()
    await command.wait()
    assert not out.exists()
    command = await begun(address, issuer, out)
    printed, said = await asyncio.wait_for(command.communicate(), 120)
    assert (command.returncode, said) == (0, b"going on after 9 files\n"), printed
    assert asked == ["originals/a/a.jpg"]
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 10
        assert (archive.read("originals/a/a.jpg"), archive.read("originals/b/b.jpg")) == (SENT, VIDEO)
    assert [name for name in await asyncio.to_thread(os.listdir, tmp_path) if "mine" in name] == ["mine.zip"]


async def begun(address: str, issuer: LocalIssuer, out: Path) -> asyncio.subprocess.Process:
    """Begin `storyroll export` in a process of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli.main", "export", str(out), "--server", address),
        env=os.environ | {"STORYROLL_TOKEN": issuer.mint(ANA)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_memory_does_not_grow_with_what_is_exported(
    serving: Serving, client: Connecting, tmp_path: Path
) -> None:
    async with open_local(tmp_path / "data", SystemClock()) as ports:
        library, size = StoredLibrary.over(ports), 128 << 20
        await library.grant(*Scope)
        stage = await ports.vault.stage(ANA, original_key(ANA, "big"))  # type: ignore[arg-type]
        for _ in range(size >> 20):
            await stage.append(bytes(1 << 20))
        await stage.commit()
        await library.add("big", NOW)
        async with serving(assemble(ports, ConsentSettings())) as (_, address), client(address) as channel:
            stub: Any = consent_pb2_grpc.ConsentServiceStub(channel)
            tracemalloc.start()
            got, digest = 0, hashlib.sha256()
            async for part in stub.ExportAccount(pb.ExportAccountRequest(after="assets.jsonl")):
                got += len(part.data)
                digest.update(part.data)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert (got, digest.digest()) == (size, hashlib.sha256(bytes(size)).digest())
    assert peak < size / 2
