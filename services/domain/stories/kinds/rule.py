"""What a kind of story is: a rule that proposes drafts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from services.domain.stories.context import Context
from services.domain.stories.draft import Draft


class Rule(Protocol):
    """Says when a story of one kind is due: a pure function of the context."""

    def __call__(self, context: Context) -> Iterable[Draft]:
        """Return the drafts that are due today, each with a key that stays the same from day to day."""
        ...
