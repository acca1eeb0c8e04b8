"""What became of a sync."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """Counts of files, and those that failed with the reason."""

    uploaded: int = 0
    known: int = 0
    """Already on the server."""
    repeated: int = 0
    """The same bytes as another file of the folder."""
    bytes_sent: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Relative path → why, in plain words."""
    in_flux: int = 0
    """Left out because they are still written to."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Left out, by reason."""

    def sentence(self) -> str:
        """Return the whole in one line."""
        parts = [f"{self.uploaded} uploaded ({self.bytes_sent / 1e6:.1f} MB)", f"{self.known} known"]
        if self.repeated:
            parts.append(f"{self.repeated} repeated")
        if self.in_flux:
            parts.append(f"{self.in_flux} still being written")
        if self.failed:
            parts.append(f"{len(self.failed)} failed")
        parts.extend(f"{count} skipped: {reason}" for reason, count in sorted(self.skipped.items()))
        return ", ".join(parts)
