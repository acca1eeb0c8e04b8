"""What is asked for while consent is being taken back: its key is destroyed, its records are there yet."""

from __future__ import annotations

import grpc
import pytest

from services.domain.consent import Scope
from services.rpc.status import CATALOGUE
from tests.rpc.estate import ANAS, ENDLESS, RULES, SECRETS, Estate, open_estate
from tests.rpc.rpc_walk import Linked, path
from tests.stored_library import ANA

LAWFUL = {grpc.StatusCode.OK} | {entry.code for entry in CATALOGUE.values() if not entry.internal}
estate = pytest.fixture(open_estate)


@pytest.mark.parametrize("scopes", [[scope] for scope in Scope] + [list(Scope)])
async def test_no_rpc_fails_while_keys_are_destroyed(estate: Estate, scopes: list[Scope]) -> None:
    await estate.library.keyring.destroy(ANA, frozenset(scopes), account=len(scopes) > 1)
    for method in estate.found:
        rule = RULES[path(method)]
        if path(method) in ENDLESS or isinstance(rule, Linked):
            continue
        answer = await estate.ask(method, ANA, ANAS.get(rule.names, ""))
        assert answer.code in LAWFUL, (path(method), answer)
        if len(scopes) > 1:
            named = ANAS.get(rule.names, "\0").encode()
            told = [secret for secret in SECRETS if secret != named]
            assert not any(secret in response for secret in told for response in answer.responses)
