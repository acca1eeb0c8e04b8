"""Nobody sees what is not theirs: every RPC, with every wrong token and every id of another owner."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grpc
import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from sqlalchemy import event
from sqlalchemy.engine import Engine
from storyroll.upload.v1 import upload_pb2

from services.adapters.blob_host import BlobHost
from services.domain.records import Kind
from services.rpc.tokens import AUDIENCE, LOCAL_ISSUER, LocalIssuer
from tests.rpc.conftest import Serving
from tests.rpc.estate import ANAS, NOTHING, RULES, SECRETS, Estate, open_estate_over
from tests.rpc.rpc_walk import Answer, Linked, Named, ask, path
from tests.stored_library import ANA, BEN, StoredLibrary

Code = grpc.StatusCode
REFUSALS = {Code.NOT_FOUND, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED}
FLEETING = {"url", "expire_time", "photos_left"}
"""Fields that differ from call to call; photos_left fills up with time."""


@pytest.fixture(params=["folder", "s3"])
async def estate(
    request: pytest.FixtureRequest, serving: Serving, issuer: LocalIssuer, tmp_path: Path
) -> AsyncIterator[Estate]:
    """The estate with its blobs in a folder, and on S3, where uploads may be direct."""
    blobs = BlobHost()
    if request.param == "s3":
        blobs = BlobHost(f"s3://isolation/{secrets.token_hex(6)}", request.getfixturevalue("s3"))
    async with open_estate_over(blobs, serving, issuer, tmp_path) as opened:
        yield opened


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
        assert told(method, stranger, theirs) == told(method, nobody, missing), path(method)
        if isinstance(rule, Named):
            assert stranger.code in REFUSALS, (path(method), stranger)
            assert stranger.responses == (), path(method)
    assert await everything_of(estate.library) == before


def told(method: MethodDescriptor, answer: Answer, id_: str) -> Answer:
    """Return an answer without what must differ: the id that was asked for, times and signatures."""
    make = message_factory.GetMessageClass(method.output_type)
    lasting = [settled(make.FromString(response)).SerializeToString() for response in answer.responses]
    responses = tuple(response.replace(raw(id_), b"?") for response in lasting)
    return Answer(answer.code, answer.said.replace(id_, "…") if id_ else answer.said, responses)


def settled(message: Message) -> Message:
    for field, value in message.ListFields():
        if field.name in FLEETING:
            message.ClearField(field.name)
        elif field.message_type:
            for part in value if field.is_repeated else [value]:
                settled(part)
    return message


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
    """Equal statements to the database and requests to S3 are equal time, but for what the machine adds."""
    for method in estate.found:
        rule = RULES[path(method)]
        if rule.names:
            await estate.ask(method, BEN, NOTHING[rule.names])  # what is cached is cached for both
            with work() as theirs:
                await estate.ask(method, BEN, ANAS[rule.names])
            with work() as missing:
                await estate.ask(method, BEN, NOTHING[rule.names])
            assert theirs == missing, path(method)
            assert theirs or not isinstance(rule, Named), path(method)


async def test_what_somebody_put_into_quarantine_is_nobody_elses(estate: Estate) -> None:
    """Ana's phone has put a file there whose hash Ben knows: he hears of it nothing, and cannot take it."""
    if estate.blobs.server is None:
        pytest.skip("blobs in a folder: there are no direct uploads")
    methods = {method.name: method for method in estate.found}
    create, complete = methods["CreateDirectUpload"], methods["CompleteDirectUpload"]
    data = b"ten bytes."
    named = hashlib.sha256(data).hexdigest()
    (answer,) = (await estate.ask(create, ANA, named)).responses
    (part,) = upload_pb2.CreateDirectUploadResponse.FromString(answer).parts
    assert urllib3.PoolManager().request("PUT", part.url, body=data).status == 200
    bens = upload_pb2.CreateDirectUploadResponse.FromString(
        (await estate.ask(create, BEN, named)).responses[0]
    )
    assert not bens.parts[0].landed
    assert bens.parts[0].url.partition("?")[0] != part.url.partition("?")[0]
    assert ANA not in bens.parts[0].url.partition("?")[0]
    refused = await estate.ask(complete, BEN, named)
    assert refused == await estate.ask(complete, BEN, NOTHING["hash"])
    assert refused.code is Code.DATA_LOSS
    assert (await estate.ask(complete, ANA, named)).code is Code.OK


@contextmanager
def work() -> Iterator[list[str]]:
    """Collect the statements that reach the database and the requests that reach S3 meanwhile."""
    seen_: list[str] = []
    send = urllib3.PoolManager.urlopen

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen_.append(statement)

    def note_request(pool: Any, method: str, url: str, *rest: Any, **options: Any) -> Any:
        seen_.append(f"{method} of S3")
        return send(pool, method, url, *rest, **options)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.object(urllib3.PoolManager, "urlopen", note_request):
            yield seen_
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def everything_of(library: StoredLibrary) -> dict[tuple[str, str], int]:
    """Return the revision of every record: what touched none changed nothing."""
    records = [record for kind in Kind for record in await library.catalog.find(ANA, kind)]
    return {(record.kind, record.id): record.revision for record in records}
