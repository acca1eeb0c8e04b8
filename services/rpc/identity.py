"""Who makes the call that is being served."""

from __future__ import annotations

from contextvars import ContextVar

from services.domain.errors import Unauthenticated
from services.domain.identity import OwnerId

_OWNER: ContextVar[OwnerId] = ContextVar("storyroll_owner")


def current_owner() -> OwnerId:
    """Return the owner whose token came with this call; raise Unauthenticated outside of one."""
    try:
        return _OWNER.get()
    except LookupError:
        raise Unauthenticated("the call carries no token") from None


def set_current_owner(owner: OwnerId) -> None:
    """Say who makes this call. Every call runs in a task of its own, so nothing has to be reset."""
    _OWNER.set(owner)
