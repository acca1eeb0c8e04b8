"""`docs/benchmarks.md`: one section for each command that measures, each written over by its own command."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def write_section(
    name: str, command: str, text: str, document: Path = DOCUMENT, title: str = "Benchmarks"
) -> None:
    """Put a section into a document, in the place of the one of that name if there is one.

    Args:
        name: Of the section; never shown.
        command: What writes it; told to whoever edits the document.
        text: Markdown.
        document: Made if it is not there.
        title: Of a document that is made.
    """
    begin, end = f"<!-- {name}: written by `{command}` -->", f"<!-- {name}: end -->"
    whole = document.read_text(encoding="utf-8") if document.exists() else f"# {title}\n"
    before, _, rest = whole.partition(begin)
    after = rest.partition(end)[2].lstrip("\n")
    section = f"{begin}\n\n{text}\n{end}\n"
    document.write_text(f"{before.rstrip()}\n\n{section}" + (f"\n{after}" if after else ""), encoding="utf-8")


def circumstances(command: str, rounds: int, versions: Mapping[str, str]) -> str:
    """Return where, when and with what was measured, as a list."""
    pins = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return "\n".join(
        [
            f"- machine: {_processor()}, {os.cpu_count()} cores, {platform.system()}, "
            f"Python {platform.python_version()}",
            f"- date: {datetime.now(UTC):%Y-%m-%d}; command: `{command}`; rounds: {rounds}",
            f"- versions: {pins}",
        ]
    )


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
