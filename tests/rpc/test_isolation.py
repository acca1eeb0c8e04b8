"""Nobody sees what is not theirs: every RPC, with every wrong token and every id of another owner."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.domain.records import Kind
from services.rpc.tokens import AUDIENCE, LOCAL_ISSUER, LocalIssuer
from tests.rpc.estate import ANAS, NOTHING, RULES, SECRETS, Estate, open_estate
from tests.rpc.rpc_walk import Answer, Linked, Named, ask, path
from tests.stored_library import ANA, BEN, StoredLibrary

Code = grpc.StatusCode
REFUSALS = {Code.NOT_FOUND, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED}
estate = pytest.fixture(open_estate)


def wrong_tokens(issuer: LocalIssuer) -> dict[str, str | None]:
    """Return tokens that nobody may believe, all of them for Ana."""
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "sub": ANA,
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(hours=1),
    }
    header, payload, signature = issuer.mint(ANA).split(".")
    public = issuer._key.public_key().public_bytes_raw()
    other = Ed25519PrivateKey.generate()
    somebody = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"sub": "somebody"}
    return {
        "none at all": None,
        "empty": "",
        "noise": "x.y.z",
        "expired": issuer.mint(ANA, timedelta(hours=-1)),
        "algorithm none": jwt.encode(claims, None, algorithm="none"),
        "keyed with the public key": jwt.encode(claims, public, algorithm="HS256"),
        "another key": jwt.encode(claims, other, algorithm="EdDSA"),
        "another issuer": jwt.encode(claims | {"iss": "elsewhere"}, other, algorithm="EdDSA"),
        "another subject": f"{header}.{encoded(somebody)}.{signature}",
        "no signature": f"{header}.{payload}.",
    }


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def test_every_rpc_has_a_rule(estate: Estate) -> None:
    assert {path(method) for method in estate.found} == set(RULES)


async def test_no_rpc_believes_a_wrong_token(estate: Estate) -> None:
    tokens = wrong_tokens(estate.issuer)
    for method in estate.found:
        rule = RULES[path(method)]
        if isinstance(rule, Linked):
            continue
        fields = rule.request(ANAS.get(rule.names, ""))
        answers = {name: await ask(estate.channel, method, fields, token) for name, token in tokens.items()}
        assert {name: (a.code, a.responses) for name, a in answers.items()} == dict.fromkeys(
            tokens, (Code.UNAUTHENTICATED, ())
        ), path(method)


async def test_what_is_anothers_is_answered_as_what_is_not_there(estate: Estate) -> None:
    before = await everything_of(estate.library)
    for method in estate.found:
        rule = RULES[path(method)]
        theirs, missing = ANAS.get(rule.names, ""), NOTHING.get(rule.names, "")
        stranger = await estate.ask(method, BEN, theirs)
        nobody = await estate.ask(method, BEN, missing)
        assert told(stranger, theirs) == told(nobody, missing), path(method)
        if isinstance(rule, Named):
            assert stranger.code in REFUSALS, (path(method), stranger)
            assert stranger.responses == (), path(method)
    assert await everything_of(estate.library) == before


def told(answer: Answer, id_: str) -> Answer:
    """Return an answer without what must differ: the id that was asked for."""
    responses = tuple(response.replace(raw(id_), b"?") for response in answer.responses)
    return Answer(answer.code, answer.said.replace(id_, "…") if id_ else answer.said, responses)


def raw(id_: str) -> bytes:
    return bytes.fromhex(id_) if len(id_) == 64 else (id_ or "no id").encode()


async def test_no_answer_to_another_holds_anything_of_the_owner(estate: Estate) -> None:
    for method in estate.found:
        answer = await estate.ask(method, BEN, ANAS.get(RULES[path(method)].names, ""))
        asked = ANAS.get(RULES[path(method)].names, "\0").encode()
        leaked = [s for s in SECRETS if s != asked and any(s in response for response in answer.responses)]
        assert leaked == [], path(method)


async def test_the_owner_is_shown_what_strangers_are_refused(estate: Estate) -> None:
    """The walk would prove nothing if it asked for what is not there."""
    harmless = ("Get", "Explain", "List")
    for method in estate.found:
        rule = RULES[path(method)]
        if isinstance(rule, Named) and method.name.startswith(harmless):
            answer = await estate.ask(method, ANA, ANAS[rule.names])
            assert answer.code is Code.OK, (path(method), answer)
            assert any(secret in response for secret in SECRETS for response in answer.responses)


async def test_what_is_anothers_costs_the_same_work_as_what_is_not_there(estate: Estate) -> None:
    """Equal statements to the database are equal time, but for what the machine adds."""
    for method in estate.found:
        rule = RULES[path(method)]
        if isinstance(rule, Named):
            with statements() as theirs:
                await estate.ask(method, BEN, ANAS[rule.names])
            with statements() as missing:
                await estate.ask(method, BEN, NOTHING[rule.names])
            assert theirs == missing, path(method)
            assert theirs, path(method)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that reach the database meanwhile."""
    seen_: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen_.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen_
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def everything_of(library: StoredLibrary) -> dict[tuple[str, str], int]:
    """Return the revision of every record: what touched none changed nothing."""
    records = [record for kind in Kind for record in await library.catalog.find(ANA, kind)]
    return {(record.kind, record.id): record.revision for record in records}
