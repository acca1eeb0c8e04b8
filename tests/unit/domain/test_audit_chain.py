"""A line of the audit log that is removed, changed, moved or cut off shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.accounts import AuditAction, AuditEntry, AuditHead, audit
from services.domain.audit_chain import faults
from services.domain.consent import Scope
from services.domain.records import Kind
from tests.stored_library import ANA, NOW, StoredLibrary

LINES = 6


@pytest.fixture
async def log(tmp_path) -> tuple[list[AuditEntry], list[AuditHead]]:
    """Six lines as they are stored, whose clock went back once; where the log ended after each."""
    library = StoredLibrary.in_memory(tmp_path)
    await library.grant(*Scope)
    heads = []
    for number in range(LINES):
        async with library.catalog.transaction(ANA) as tx:
            at = NOW + timedelta(minutes=-10 if number == 3 else number)
            await audit(tx, AuditAction.ASSET_STORED, at, subject=f"a{number}")
        (account,) = await library.catalog.find(ANA, Kind.ACCOUNT)
        heads.append(account.require(AuditHead))
    entries = [record.require(AuditEntry) for record in await library.catalog.find(ANA, Kind.AUDIT)]
    return entries, heads


def test_a_whole_log_has_no_fault(log) -> None:
    entries, heads = log
    assert faults(entries, [heads[-1], *heads]) == []
    assert faults(entries, [heads[2]]) == []
    assert faults([], [AuditHead()]) == []
    assert sorted(entry.sequence for entry in entries) == list(range(1, LINES + 1))


@pytest.mark.parametrize("number", range(1, LINES + 1))
def test_a_line_that_is_removed_shows(log, number: int) -> None:
    entries, heads = log
    left = [entry for entry in entries if entry.sequence != number]
    assert f"line {number} is missing" in faults(left, [heads[-1]])


@pytest.mark.parametrize("number", range(1, LINES + 1))
@pytest.mark.parametrize(
    "change",
    [
        {"detail": "nothing"},
        {"count": 2},
        {"subject": "b"},
        {"action": AuditAction.STORY_SHARED},
        {"at": NOW},
    ],
)
def test_a_line_that_is_changed_shows(log, number: int, change: dict[str, object]) -> None:
    entries, heads = log
    changed = [replace(entry, **change) if entry.sequence == number else entry for entry in entries]
    assert changed == entries or faults(changed, [heads[-1]])


def test_lines_that_are_numbered_anew_after_one_was_removed_show(log) -> None:
    entries, heads = log
    left = sorted((e for e in entries if e.sequence != 3), key=lambda e: e.sequence)
    anew, previous = [], b""
    for number, entry in enumerate(left, 1):
        anew.append(replace(entry, sequence=number, previous=previous))
        previous = anew[-1].digest
    forged = AuditHead(len(anew), previous)
    assert faults(anew, [forged]) == []
    assert faults(anew, [forged, heads[3]]) != []


def test_a_log_that_is_cut_off_shows_to_whoever_kept_its_end(log) -> None:
    entries, heads = log
    cut = [entry for entry in entries if entry.sequence <= 4]
    assert faults(cut, [heads[3]]) == []
    assert "the log once ended with line 6" in faults(cut, [heads[3], heads[5]])[0]
