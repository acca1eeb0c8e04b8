"""How long to wait before the next try."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(slots=True)
class BackOff:
    """Delays that double while things go wrong, with jitter, and begin anew after a quiet time.

    Attributes:
        first: Seconds of the first delay.
        most: Seconds that no delay exceeds: what is killed again and again is back within half a minute, its
            start included.
        quiet: Seconds without failure after which the next one counts as the first.
    """

    first: float = 0.2
    most: float = 10.0
    quiet: float = 60.0
    _failures: int = 0

    def after(self, lived: float) -> float:
        """Return the seconds to wait after something ended that had lived this long."""
        if lived >= self.quiet:
            self._failures = 0
        delay = min(self.most, self.first * 2.0**self._failures)
        # 2 ** 64 is beyond any delay.
        self._failures = min(self._failures + 1, 64)
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - to spread tries, not to keep secrets
