"""How processes that do the same work divide its owners among themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.domain.leases import Lease


class Leases(Protocol):
    """This process's share of all partitions of owners."""

    async def renew(self, lasts: float) -> Sequence[Lease]:
        """Say that this process lives, take what is due to it and let go of what is due to others.

        To be called several times within `lasts`: after so many seconds without it, others take everything.
        What somebody else has is not taken before they let go of it or are thought dead.

        Returns:
            What it holds from now on. Whether it still does is only certain under `Transaction.fence`.
        """
        ...

    async def leave(self) -> None:
        """Let go of everything at once."""
        ...
