"""The layer that finds out who calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.domain.errors import Unauthenticated
from services.rpc.identity import set_current_owner
from services.rpc.interceptors.layered import Call, Context
from services.rpc.policy import TOKENLESS
from services.rpc.tokens import Verifier

_SCHEME: Final = "bearer "


class Authentication:
    """Requires a valid bearer token on every method but those of policy.TOKENLESS."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Make the token's subject the call's owner; raise Unauthenticated."""
        if not call.method.startswith(TOKENLESS):
            set_current_owner(await self._verifier.owner(_bearer_token(call.context)))
        yield


def _bearer_token(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization" and isinstance(value, str) and value.lower().startswith(_SCHEME):
            return value[len(_SCHEME) :].strip()
    raise Unauthenticated("the call carries no bearer token in its `authorization` metadata")
