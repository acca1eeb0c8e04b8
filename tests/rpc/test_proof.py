"""What an owner can prove from the command line: that the audit log is whole, what was destroyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import receipt
from services.cli.failures import ExitCode
from services.domain.accounts import AuditAction, audit
from services.domain.records import Kind, Query
from tests.rpc.command_line import Storyroll, command_line
from tests.stored_library import ANA, NOW

storyroll = pytest.fixture(command_line)


async def note(storyroll: Storyroll, *subjects: str) -> None:
    for subject in subjects:
        async with storyroll.library.catalog.transaction(ANA) as tx:
            await audit(tx, AuditAction.ASSET_STORED, NOW, subject=subject)


async def remove_newest(storyroll: Storyroll) -> None:
    newest = Query(newest_first=True, limit=1)
    (record,) = await storyroll.library.catalog.find(ANA, Kind.AUDIT, newest)
    await storyroll.library.remove(Kind.AUDIT, record.id)


async def test_a_log_that_lost_a_line_is_told_from_a_whole_one(storyroll: Storyroll) -> None:
    kept = storyroll.folder / "end.json"
    await note(storyroll, "a", "b")
    shown = json.loads(await storyroll.run("audit", "--json"))
    assert [(line["line"], line["subject"]) for line in shown] == [(2, "b"), (1, "a")]
    assert shown[0]["previous"] == shown[1]["digest"]
    assert "whole: 2 lines" in await storyroll.run("audit", "verify", "--keep", str(kept))
    await note(storyroll, "c")
    assert "whole: 3 lines" in await storyroll.run("audit", "verify", "--against", str(kept))
    await remove_newest(storyroll)
    said = await storyroll.run("audit", "verify", code=ExitCode.FAILED)
    assert "line 3 is missing" in said
    assert "no receipt" in verified(kept, code=ExitCode.FAILED)


async def test_a_receipt_is_verified_without_a_server(storyroll: Storyroll) -> None:
    await storyroll.library.add("a", NOW, data=b"a photo")
    file = storyroll.folder / "receipt.json"
    await storyroll.run("forget", "--yes", "--receipt", str(file))
    said, key = verified(file), json.loads(file.read_text())["public_key"]
    assert all(word in said for word in ("the whole account", "1 originals", key))
    assert "compare" not in verified(file, "--key", key)
    assert "by another key" in verified(file, "--key", "00", code=ExitCode.FAILED)
    text = file.read_text()
    file.write_text(text.replace('\\"blobs\\":1', '\\"blobs\\":0'))
    assert file.read_text() != text
    assert "was changed" in verified(file, code=ExitCode.FAILED)
    file.write_text("{}")
    assert "not a file" in verified(file, code=ExitCode.FAILED)


def verified(file: Path, *options: str, code: int = 0) -> str:
    """Return what `storyroll receipt verify` says of a file."""
    ended = CliRunner().invoke(receipt.app, ["verify", str(file), *options])
    assert ended.exit_code == code, ended.output
    return ended.output
