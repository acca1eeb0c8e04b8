"""Commands as people type them, in processes of their own, against a real server."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.cli.failures import ExitCode
from services.domain.facets import Original, Person
from services.domain.records import Kind
from services.domain.stories import dates, wording
from services.rpc.tokens import LocalIssuer
from tests.rpc.command_line import Storyroll, command_line
from tests.stored_library import ANA, jpeg, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)


storyroll = pytest.fixture(command_line)


def photos(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(jpeg(len(name)))
    return folder


async def test_people_are_listed_named_and_renamed(storyroll: Storyroll) -> None:
    await storyroll.library.add("a", AT, who=("maria",))
    await storyroll.library.name("p1", Person(), "a")
    said = await storyroll.run("people", "name", "p1", "Maria", "--birthday", "1990-05-03")
    assert said == "p1 is Maria\n"
    (person,) = json.loads(await storyroll.run("people", "--json"))
    assert (person["name"], person["birthday"]) == ("Maria", "1990-05-03")
    assert [face["asset_id"] for face in person["faces"]] == ["a"]
    assert "Maria" in await storyroll.run("people")
    assert await storyroll.run("people", "name", "p1", "") == "p1 is nobody by name\n"
    record = await storyroll.library.catalog.get(ANA, Kind.PERSON, "p1")
    assert record.require(Person).birthday == date(1990, 5, 3)
    assert "no person p9" in await storyroll.run("people", "name", "p9", "Eve", code=ExitCode.NOT_FOUND)


async def test_occasions_are_declared_listed_and_deleted(storyroll: Storyroll) -> None:
    await storyroll.library.name("p1", Person("Maria"))
    await storyroll.library.name("p2", Person("Ben"))
    said = await storyroll.run("occasions", "declare", "wedding_day", "2014-06-12", "p2", "p1")
    (occasion,) = json.loads(await storyroll.run("occasions", "list", "--json"))
    assert said == f"{occasion['id']} comes round every year since 2014-06-12\n"
    people = {"person_ids": ["p1", "p2"], "title": ""}
    assert occasion == {"id": occasion["id"], "kind": "wedding_day", "day": "2014-06-12"} | people
    assert "Maria, Ben" in await storyroll.run("occasions", "list")
    await storyroll.run("occasions", "delete", occasion["id"])
    assert json.loads(await storyroll.run("occasions", "list", "--json")) == []
    refused = await storyroll.run("occasions", "declare", "other", "2014-06-12", code=ExitCode.FAILED)
    assert "give a title" in refused


async def test_usage_tells_what_is_stored_and_what_may_come(storyroll: Storyroll, tmp_path: Path) -> None:
    folder = photos(tmp_path / "roll", "a.jpg", "bb.jpg")
    await storyroll.run("sync", str(folder))
    size = sum(path.stat().st_size for path in folder.iterdir())
    told = json.loads(await storyroll.run("usage", "--json"))
    assert (told["used_bytes"], told["writing"]) == (size, 0)
    assert told["limit_bytes"] > told["video_limit_bytes"] > told["photo_limit_bytes"] > size
    limit = told["concurrent_writes"]
    said = (await storyroll.run("usage")).splitlines()
    assert said[0].startswith("originals: ")
    assert said[-1] == f"at the same time: 0 of {limit}"


async def test_people_are_told_apart_and_merged(storyroll: Storyroll) -> None:
    for id_ in "abcd":
        await storyroll.library.add(id_, AT, who=("maria",))
    await storyroll.library.name("p1", Person("Maria"), "a", "b", "c", "d")
    assert "you?" not in await storyroll.run("people")
    assert await storyroll.run("people", "split", "p1", "a") == "p1 is still in 3 pictures\n"
    said = await storyroll.run("people", "split", "p1", "b", "c", "--together")
    left, new = said.splitlines()
    sister = new.split()[0]
    assert (left, new) == ("p1 is still in 1 pictures", f"{sister} is now in 2 pictures")
    assert "you?" not in await storyroll.run("people")
    both = await storyroll.run("people", "split", "p1", "d", "--to", sister, "--together", code=2)
    assert "not both" in both
    assert f"{sister} is now in 3 pictures" in await storyroll.run(
        "people", "split", "p1", "d", "--to", sister
    )
    assert f"{sister} you?" in " ".join((await storyroll.run("people")).replace("│", " ").split())
    assert await storyroll.run("people", "merge", "p1", sister) == "p1 is now in 3 pictures\n"
    refused = await storyroll.run("people", "split", "p1", "a", code=ExitCode.FAILED)
    assert "was not found in asset a" in refused


async def test_a_gallery_shows_what_can_be_rendered(storyroll: Storyroll) -> None:
    out = storyroll.folder / "gallery"
    said = await storyroll.run("gallery", str(out), code=ExitCode.FAILED)
    assert "there are no stories yet" in said
    assert not out.exists()
    for number in range(3):
        await storyroll.library.add(f"a{number}", AT, data=jpeg(number))
    await storyroll.library.add("broken", AT, data=b"\xff\xd8\xff\xe0" + bytes(200))
    good = story("good", "a0", "a1", "a2", title="Three in Lisbon")
    await storyroll.library.tell(good, story("bad", "broken", title="Nothing left"))
    page = Path((await storyroll.run("gallery", str(out), "--note", "Dates were assigned.")).strip())
    html = await asyncio.to_thread(page.read_text)
    assert page.is_relative_to(out)
    assert "Three in Lisbon" in html
    assert "Dates were assigned." in html
    assert "Nothing left" not in html
    assert list(out.rglob("*.jpg"))


async def test_forgetting_takes_everything_and_asks_first(storyroll: Storyroll) -> None:
    await storyroll.library.add("a", AT, data=b"a photo")
    await storyroll.run("forget", code=ExitCode.FAILED)
    assert await storyroll.library.states(Kind.ASSET) == {"a": "analysed"}
    said = await storyroll.run("forget", "--yes")
    assert "1 originals" in said
    assert "signature" in said
    assert await storyroll.library.catalog.owners() == []


async def test_a_watched_folder_is_synced_as_it_fills(storyroll: Storyroll) -> None:
    folder = photos(storyroll.folder / "photos", "1.jpg")
    watching = await storyroll.begin("sync", str(folder), "--watch")
    async with stopped(watching):
        await has_stored(storyroll, {"1.jpg"})
        photos(folder, "22.jpg")
        await has_stored(storyroll, {"1.jpg", "22.jpg"})
        photos(folder, "333.jpg")
        await has_stored(storyroll, {"1.jpg", "22.jpg", "333.jpg"})
        watching.send_signal(signal.SIGINT)
        out, err = await watching.communicate()
    assert watching.returncode == ExitCode.INTERRUPTED
    assert len(out.decode().splitlines()) >= 3
    assert err.decode().endswith("storyroll: interrupted\n")


@asynccontextmanager
async def stopped(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """End a process in any case, within two minutes."""
    try:
        async with asyncio.timeout(120):
            yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def has_stored(storyroll: Storyroll, names: set[str]) -> None:
    while True:
        stored = await storyroll.library.catalog.find(ANA, Kind.ASSET)
        if {record.require(Original).filename for record in stored} == names:
            return
        await asyncio.sleep(0.05)


def refuse_the_token(storyroll: Storyroll) -> None:
    storyroll.environment["STORYROLL_TOKEN"] = LocalIssuer(LocalIssuer.new_seed()).mint(ANA)


def leave_the_server(storyroll: Storyroll) -> None:
    storyroll.environment["STORYROLL_SERVER"] = "127.0.0.1:1"


def spoil_a_photo(storyroll: Storyroll) -> None:
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + bytes(300)
    (storyroll.folder / "photos" / "bomb.png").write_bytes(bomb)


def nothing(storyroll: Storyroll) -> None:
    """Leave everything as it is."""


@pytest.mark.parametrize(
    ("wrong", "arguments", "code", "said"),
    [
        (nothing, ("stories", "show", "s9"), ExitCode.NOT_FOUND, "there is no story s9"),
        (nothing, ("people", "name", "p1"), 2, "Missing argument"),
        (nothing, ("people", "name", "p1", "Eve", "--birthday", "soon"), 2, "soon"),
        (refuse_the_token, ("assets", "--json"), ExitCode.UNAUTHENTICATED, "STORYROLL_TOKEN"),
        (leave_the_server, ("events", "--json"), ExitCode.UNREACHABLE, "storyroll up"),
        (spoil_a_photo, ("sync", "photos"), ExitCode.INCOMPLETE, "1 files were not uploaded"),
    ],
)
async def test_how_a_command_ended_is_told_by_its_code(
    storyroll: Storyroll,
    monkeypatch: pytest.MonkeyPatch,
    wrong: Callable[[Storyroll], None],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    photos(storyroll.folder / "photos", "1.jpg")
    wrong(storyroll)
    words = [str(storyroll.folder / word) if word == "photos" else word for word in arguments]
    assert said in await storyroll.run(*words, code=code)


async def test_a_sync_that_is_not_allowed_says_what_to_grant(storyroll: Storyroll) -> None:
    await storyroll.library.grant()
    folder = photos(storyroll.folder / "photos", "1.jpg")
    said = await storyroll.run("sync", str(folder), code=ExitCode.CONSENT)
    assert "storyroll consent grant cloud_processing" in said
    assert await storyroll.library.states(Kind.ASSET) == {}


async def test_stories_are_told_in_the_language_of_the_command_or_of_the_environment(
    storyroll: Storyroll,
) -> None:
    await storyroll.library.add("a", AT, data=jpeg())
    title = wording.say("title.weekend", dates=dates.span(date(2024, 5, 4), date(2024, 5, 5)))
    await storyroll.library.tell(story("s", "a", title=title))
    assert "Weekend of 4–5 May 2024" in await storyroll.run("stories")
    assert "Wochenende vom 4.–5. Mai 2024" in await storyroll.run("stories", "--language", "de-AT")
    storyroll.environment["STORYROLL_LANGUAGE"] = "de"
    assert "aufgenommen am 3. Mai 2024 um 14:00" in await storyroll.run("stories", "show", "s")


async def test_what_was_learned_is_forgotten(storyroll: Storyroll) -> None:
    assert await storyroll.run("stories", "reset-learning") == "forgot 0 reactions\n"
