"""What was taken back is nowhere: not in blobs, nor in pages, logs, messages and files of the stores."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.adapters.scratch import ScratchSpace
from services.consent.erase import EraseAccount
from services.consent.revoke import RevokeConsent
from services.domain.accounts import AuditAction, audit
from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.errors import ConsentRequired, SealBroken
from services.domain.facets import Face, Faces, LocationTags, Original, Person
from services.domain.identity import AssetId, OwnerId, PersonId, StoryId, original_key
from services.domain.media import Box
from services.domain.messages import Consumer, Message, MessageType
from services.domain.records import Kind
from services.domain.stories.story import Feedback, Reaction, Sharing, StoryKind
from services.domain.stories.text import preferred
from services.suggestion.render import Piece, RenderStory
from tests.needles import Needles
from tests.stored_library import BEN, LISBON, NOW, StoredLibrary, face, jpeg, seen, story

OWNER = OwnerId("wilhelmina@example.org")
ASSETS = 120
"""Enough that the trees of the database are rebalanced while it is filled and emptied."""
PHOTO = os.urandom(3 << 19)
PIECE = 20
"""Bytes of a sealed value that are never met by chance."""
DEAD = 1 << 22
"""No process has this number: Linux gives out smaller ones."""
LOOKS = face("wilhelmina", "x").embedding
DENIED = ((AssetId("asset1"), 0),)


@dataclass(frozen=True)
class Home:
    """A data folder in use, and what would betray the owner."""

    folder: Path
    ports: Ports

    @property
    def library(self) -> StoredLibrary:
        return StoredLibrary.over(self.ports, OWNER)

    def revoke(self) -> RevokeConsent:
        p = self.ports
        return RevokeConsent(p.catalog, p.keyring, p.vault, p.clock, signer=p.signer, signals=p.signals)

    def erase(self) -> EraseAccount:
        p = self.ports
        return EraseAccount(p.catalog, p.keyring, p.vault, p.clock, signer=p.signer, signals=p.signals)

    def sealed(self, *scopes: Scope) -> list[bytes]:
        """Return pieces of all that rests on these scopes as it lies on the disk: facets, labels, keys."""
        rows = self._ask("catalog.sqlite", "select scopes, sealed from facets where owner=?")
        resting = [sealed for of, sealed in rows if {*of.split("+")} & {*scopes}]
        labels = self._ask(
            "catalog.sqlite",
            "select f.scopes, l.digest from labels l join facets f using (owner, kind, id, name) "
            "where owner=?",
        )
        keys = self._ask("keys/data-keys.sqlite", "select name, wrapped from keys where owner=?")
        return [
            *(piece for sealed in resting for piece in pieces(sealed)),
            *(digest for of, digest in labels if {*of.split("+")} & {*scopes}),
            *(piece for name, wrapped in keys if name in scopes for piece in pieces(wrapped)),
        ]

    def sealed_files(self) -> list[bytes]:
        """Return pieces of the sealed originals and of uploads under way."""
        files = [path for path in self.folder.glob("blobs/**/*") if path.is_file() and "wilhel" in str(path)]
        return [piece for path in files for piece in pieces(path.read_bytes(), step=1 << 18)]

    def _ask(self, file: str, query: str) -> list[tuple[str, bytes]]:
        with closing(sqlite3.connect(f"file:{self.folder / file}?mode=ro", uri=True)) as connection:
            return connection.execute(query, (OWNER,)).fetchall()

    def find(self, needles: Iterable[bytes]) -> set[bytes]:
        """Return those that are anywhere: in the content or path of any file, in shared memory too."""
        wanted = Needles(needles)
        shared = Path("/dev/shm").glob(f"storyroll-{os.geteuid()}/{os.getpid()}-*")
        files = [path for path in (*self.folder.rglob("*"), *shared) if path.is_file()]
        contents = (os.fsencode(path) + b"\0" + path.read_bytes() for path in files)
        return {needle for content in contents for needle in wanted.within(content)}


def pieces(sealed: bytes, step: int = 400) -> list[bytes]:
    """Return pieces of a sealed value from its whole length, its beginning (a nonce) and end (a tag) too."""
    starts = [*range(0, max(1, len(sealed) - PIECE), step), max(0, len(sealed) - PIECE)]
    return [sealed[start : start + PIECE] for start in starts]


def in_clear() -> list[bytes]:
    """Return what nobody may find at any time: names, words, the place as text and numbers, vectors."""
    numbers = (LISBON.coordinates.latitude, LISBON.coordinates.longitude)
    words = ("Wilhelmina F", "IMG_7788", "Lisbon", "PT/Lisbon", "beach", "A day at the sea", "a parser said")
    return [
        *(word.encode() for word in words),
        *(f"{number:.2f}".encode() for number in numbers),
        *(struct.pack(order + "d", number) for order in "<>" for number in numbers),
        # One alone is four bytes, which noise holds as well: once in a hundred times 40 MB are searched.
        *(struct.pack(order + "2f", *pair) for order in "<>" for pair in (numbers, numbers[::-1])),
        *(LOOKS.astype(kind).tobytes()[:PIECE] for kind in ("<f2", "<f4", ">f4", "<f8")),
        PHOTO[:PIECE],
        PHOTO[-PIECE:],
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two owners, made once."""
    folder = tmp_path_factory.mktemp("filled")

    async def make() -> None:
        async with open_local(folder, SystemClock()) as ports:
            for owner in (OWNER, BEN):
                await StoredLibrary.over(ports, owner).grant(*Scope)
            await fill(StoredLibrary.over(ports, OWNER))
            ben = StoredLibrary.over(ports, BEN)
            await ben.add("a", NOW, LISBON, seen("b", "beach"), data=b"of ben" * 999)

    asyncio.run(make())
    return folder


@pytest.fixture
async def home(filled: Path, tmp_path: Path) -> AsyncIterator[Home]:
    shutil.copytree(filled, tmp_path / "data")
    async with open_local(tmp_path / "data", SystemClock()) as ports:
        yield Home(tmp_path / "data", ports)


async def fill(library: StoredLibrary) -> None:
    """Keep everything that can be kept: assets changed many times, a person, stories, what went wrong."""
    for number in range(ASSETS):
        id_, data = f"asset{number}", PHOTO if number == 0 else b""
        themes = ("beach", "sea", "sun")[: number % 4]
        facets = (LISBON, seen(id_, *themes), LocationTags(((100, b"38.7223"),)))
        await library.add(id_, NOW + timedelta(hours=number), *facets, who=("wilhelmina",), data=data)
    box = Box(0, 0, 1, 1)
    async with library.catalog.transaction(library.owner) as tx:
        for number in range(0, ASSETS, 3):
            faces = Faces((Face(box, 0.9, ((0.5, 0.5),) * 5, LOOKS),) * (number % 5))
            await tx.put(Kind.ASSET, f"asset{number}", faces, seen(f"again{number}", "beach"))
        original = Original(
            "IMG_7788.jpg",
            "trip/IMG_7788.jpg",
            "image/jpeg",
            (await tx.get(Kind.ASSET, "asset1")).require(Original).kind,
            9,
            bytes(32),
            "k",
            NOW,
        )
        await tx.put(Kind.ASSET, "asset1", original, fingerprint=b"\x01" * 32)
        await tx.publish(Message.of(MessageType.ASSET_STORED, library.owner, "asset1", NOW))
        await audit(tx, AuditAction.PERSON_CHANGED, NOW, subject="p1")
    await library.name("p1", Person("Wilhelmina F", centroids=(LOOKS,), denied=DENIED), "asset0", "asset1")
    everything = frozenset(Scope) - {Scope.LEARNING}
    await library.tell(
        story("s1", "asset0", title="A day at the sea", rests_on=everything, people=(PersonId("p1"),))
    )
    async with library.catalog.transaction(library.owner) as tx:
        await tx.put(Kind.STORY, "s1", Sharing("token", NOW, NOW + timedelta(days=7)))
        heard = Feedback(story("s1", "a").id, StoryKind.TRIP, Reaction.SAVED, NOW)
        await tx.put(Kind.FEEDBACK, "f1", heard)
        theirs = DeclaredOccasion(OccasionKind.OTHER, NOW.date(), (PersonId("p1"),), "Wilhelmina moved in")
        await tx.put(Kind.OCCASION, "o1", theirs)
        nobodys = DeclaredOccasion(OccasionKind.OTHER, NOW.date(), title="Wilhelmina slept")
        await tx.put(Kind.OCCASION, "o2", nobodys)
    (delivery,) = await library.bus.fetch(Consumer.METADATA, 10, 0)
    await delivery.bury("a parser said something of IMG_9999.jpg")
    stage = await library.vault.stage(library.owner, original_key(library.owner, AssetId("underway")))
    await stage.append(PHOTO)
    await stage.flush()


async def test_nothing_lies_in_the_clear_before(home: Home) -> None:
    expected = {b"a parser said"}
    assert home.find(in_clear()) <= expected


@pytest.mark.parametrize("scope", [s for s in Scope if s is not Scope.CLOUD_PROCESSING])
async def test_after_a_scope_is_taken_back_nothing_that_rests_on_it_is_left(home: Home, scope: Scope) -> None:
    gone = home.sealed(scope)
    assert home.find(gone) == set(gone)
    kept = set(home.sealed(*Scope)) - set(gone)
    _, receipt = await home.revoke()(OWNER, [scope])
    assert receipt.erased.facets > 0
    assert home.find(gone) == set()
    assert home.find(kept) == kept


async def test_after_cloud_processing_is_taken_back_no_photo_and_no_message_is_left(home: Home) -> None:
    gone = [*home.sealed(*Scope), *home.sealed_files()]
    assert home.find(gone) == set(gone)
    await home.revoke()(OWNER, [Scope.CLOUD_PROCESSING])
    assert home.find([*gone, *in_clear(), b"asset119", b"underway"]) == set()


async def test_after_erasing_the_account_not_even_the_name_is_left(home: Home) -> None:
    gone = [*home.sealed(*Scope), *home.sealed_files()]
    receipt = await home.erase()(OWNER, confirm=True)
    assert receipt.account_erased
    names = [OWNER.encode(), OWNER.replace("@", "%40").encode(), b"wilhelmina"]
    assert home.find([*gone, *in_clear(), *names]) == set()
    ben = StoredLibrary.over(home.ports, BEN)
    assert await ben.states(Kind.ASSET) == {"a": "analysed"}
    assert await ben.vault.read(BEN, original_key(BEN, AssetId("a"))) == b"of ben" * 999


@pytest.mark.parametrize("scope", Scope)
async def test_a_backup_from_before_is_noise_although_the_master_key_lives(
    home: Home, tmp_path: Path, scope: Scope
) -> None:
    """Whoever has yesterday's catalog and blobs, and all keys of today, reads nothing that was taken back."""
    backup = back_up(home.folder, tmp_path / "backup")
    await home.revoke()(OWNER, [scope])
    shutil.copytree(home.folder / "keys", backup / "keys")
    async with open_local(backup, SystemClock()) as restored:
        records = [r for kind in Kind for r in await restored.catalog.find(OWNER, kind)]
        assert len(records) > ASSETS
        assert [f for r in records for f in r.facets.values() if scope in f.scopes] == []
        if scope is Scope.CLOUD_PROCESSING:
            with pytest.raises((ConsentRequired, SealBroken)):
                await restored.vault.read(OWNER, original_key(OWNER, AssetId("asset0")))
        else:
            assert any(f for r in records for f in r.facets.values() if f.scopes)


async def test_a_rendered_story_is_nowhere_once_it_was_shown_or_its_server_killed(
    home: Home, tmp_path: Path
) -> None:
    library, ports = home.library, home.ports
    await library.add("shown", NOW, seen("shown", "beach"), data=jpeg(7))
    await library.tell(story("told", "shown", title="A day at the sea"))
    render = RenderStory(ports.catalog, ports.vault, ports.renderer, ports.clock)
    scratch, makers, shown = home.folder / "scratch", set[str](), b""
    async for part in render(OWNER, StoryId("told"), None, preferred([])):
        makers |= {path.name.partition("-")[0] for path in scratch.iterdir()}
        shown += part.data if isinstance(part, Piece) else b""
    assert makers == {str(os.getpid())}, "the next process could not tell whose these are"
    assert len(shown) > 10_000
    assert home.find([shown[: PIECE * 4], shown[-PIECE:]]) == set()
    left = scratch / f"{DEAD}-killed"
    left.mkdir(parents=True)
    (left / "story").write_bytes(shown)
    assert home.find([shown[-PIECE:]]) == {shown[-PIECE:]}
    assert ScratchSpace(scratch, tmp_path / "no tmpfs").sweep() == 1
    assert home.find([shown[-PIECE:]]) == set()


def back_up(folder: Path, to: Path) -> Path:
    """Copy everything but the keys, the database as SQLite copies it while it is in use."""
    shutil.copytree(folder / "blobs", to / "blobs")
    with (
        closing(sqlite3.connect(folder / "catalog.sqlite")) as source,
        closing(sqlite3.connect(to / "catalog.sqlite")) as target,
    ):
        source.backup(target)
    return to
