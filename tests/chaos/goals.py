"""The goals of a run, in the words in which they are printed."""

from __future__ import annotations

from typing import Final

FINDINGS: Final = {
    "lost": "acknowledged photos lost",
    "missing": "photos of the folder missing after the last sync",
    "doubled": "duplicates",
    "unprocessed": "events not processed",
    "orphans": "orphans older than the sweep",
}
"""By the name of a finding."""


def goal(name: str, figure: float, want: float, *, least: bool = False) -> str:
    """Return the line of one goal: at most what is wanted, or at least."""
    met, sign = (figure >= want, ">=") if least else (figure <= want, "<=")
    return f"goal {name}: {figure} (want {sign} {want}) {'ok' if met else 'short'}"
