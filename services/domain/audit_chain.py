"""Whether an audit log is whole: every line there, in its place, as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.domain.accounts import AuditEntry, AuditHead


def faults(entries: Iterable[AuditEntry], heads: Sequence[AuditHead]) -> list[str]:
    """Return in words what is wrong with a log, nothing where it is whole.

    Args:
        entries: All lines, in any order. Those beyond the first head were written since, and are passed over.
        heads: Where the log ends now, then where it ended at other times, as somebody kept it.
    """
    last = heads[0].entries
    placed = {entry.sequence: entry for entry in entries if entry.sequence <= last}
    numbers = range(1, last + 1)
    missing = [f"line {number} is missing" for number in numbers if number not in placed]
    strangers = [f"line {number} has no place in the log" for number in placed if number not in numbers]
    return missing + strangers + _broken_links(placed, last) + _broken_heads(placed, heads)


def _broken_links(placed: dict[int, AuditEntry], last: int) -> list[str]:
    """Compare each line's digest with what the next one says of it, the first one with nothing before."""
    pairs = ((placed.get(n - 1), placed.get(n), n) for n in range(1, last + 1))
    return [
        f"line {number} does not follow from the one before: one of them was changed"
        for before, entry, number in pairs
        if entry and (before or number == 1) and entry.previous != (before.digest if before else b"")
    ]


def _broken_heads(placed: dict[int, AuditEntry], heads: Sequence[AuditHead]) -> list[str]:
    return [
        f"the log once ended with line {head.entries}, which is not there as it was"
        for head in heads
        if head.entries and (head.entries not in placed or placed[head.entries].digest != head.digest)
    ]
