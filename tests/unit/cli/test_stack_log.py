"""One log of many files: whole lines, each with the name of who wrote it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from services.cli.stack.log import FollowedFile, one_log
from services.rpc.logs import LogFormat


def test_only_what_is_added_is_told_and_only_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_text("of the last run\n")
    followed = FollowedFile(path)
    with path.open("a") as file:
        file.write("one\ntw")
        file.flush()
        assert followed.fresh() == ["one"]
        file.write("o\n")
    assert followed.fresh() == ["two"]
    assert followed.fresh() == []


async def test_a_file_that_comes_later_is_followed_until_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    files = {"nats": tmp_path / "a", "upload": tmp_path / "b"}
    async with one_log(files, said.append):
        files["nats"].write_text("begins\n")
        async with asyncio.timeout(5):
            while not said:  # noqa: ASYNC110 - the log is polled, as it polls
                await asyncio.sleep(0.05)
        files["upload"].write_text("ends\n")
    assert said == ["nats   | begins", "upload | ends"]


async def test_as_json_every_line_is_an_object_that_says_who_wrote_it(tmp_path: Path) -> None:
    said: list[str] = []
    files = {"nats": tmp_path / "a", "upload": tmp_path / "b"}
    own = '{"service": "upload", "message": "ready"}'
    async with one_log(files, said.append, LogFormat.JSON):
        files["nats"].write_text("[1] of its own\n7\n")
        files["upload"].write_text(own + "\n")
    told = [json.loads(line) for line in said]
    assert [(line["service"], line["message"]) for line in told] == [
        ("nats", "[1] of its own"),
        ("nats", "7"),
        ("upload", "ready"),
    ]
    assert own in said
