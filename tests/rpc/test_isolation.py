"""Nobody sees what is not theirs: every RPC, with every wrong token and every id of another owner."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.whole import everything
from services.domain.accounts import AuditAction, audit
from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import EventId
from services.domain.records import Kind
from services.domain.stories.story import AlbumEvent
from services.rpc.service import Service
from services.rpc.tokens import AUDIENCE, LOCAL_ISSUER, LocalIssuer
from tests.rpc.conftest import Serving
from tests.rpc.rpc_walk import Answer, Fields, Named, Own, ask, methods, path
from tests.stored_library import ANA, BEN, LISBON, StoredLibrary, jpeg, seen, story

Code = grpc.StatusCode
REFUSALS = {Code.NOT_FOUND, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED}
AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
NOTHING = {"asset": "a0" * 13, "person": "b0" * 13, "story": "c0" * 13, "hash": "d0" * 32}
"""Ids, of each kind, of what nobody has."""
SHA256 = hashlib.sha256(jpeg(1)).hexdigest()
ANAS = {"asset": "a1" * 13, "person": "b1" * 13, "story": "c1" * 13, "hash": SHA256}
SECRETS = [b"Maria Silva", b"Lisbon", b"beach", b"a1a1.jpg", *(id_.encode() for id_ in ANAS.values())]
"""What no answer to anybody else may hold."""


def header(sha256: str) -> Fields:
    about = {"sha256": bytes.fromhex(sha256), "size": 10, "path": "a.jpg", "media_type": "image/jpeg"}
    return {"header": about}


RULES: dict[str, Named | Own] = {
    "storyroll.consent.v1.ConsentService/GetConsent": Own(),
    "storyroll.consent.v1.ConsentService/GrantConsent": Own(),
    "storyroll.consent.v1.ConsentService/RevokeConsent": Own(),
    "storyroll.consent.v1.ConsentService/ListAuditEvents": Own(),
    "storyroll.consent.v1.ConsentService/EraseAccount": Own(),
    "storyroll.consent.v1.ConsentService/GetRetention": Own(),
    "storyroll.consent.v1.ConsentService/SetRetention": Own(),
    "storyroll.consent.v1.ConsentService/ExportAccount": Own(
        lambda id_: {"after": f"originals/{id_}/a.jpg"}, "asset"
    ),
    "storyroll.inference.v1.InferenceService/AnalyzeImages": Own(),
    "storyroll.inference.v1.InferenceService/ListModels": Own(),
    "storyroll.metadata.v1.MetadataService/GetAsset": Named(lambda id_: {"asset_id": id_}, "asset"),
    "storyroll.metadata.v1.MetadataService/ListAssets": Own(lambda id_: {"person_id": id_}, "person"),
    "storyroll.metadata.v1.MetadataService/DeleteAssets": Own(lambda id_: {"asset_ids": [id_]}, "asset"),
    "storyroll.metadata.v1.MetadataService/ListEvents": Own(),
    "storyroll.metadata.v1.MetadataService/ListPeople": Own(),
    "storyroll.metadata.v1.MetadataService/UpdatePerson": Named(
        lambda id_: {"person_id": id_, "name": "mine"}, "person"
    ),
    "storyroll.metadata.v1.MetadataService/MergePeople": Named(
        lambda id_: {"person_ids": [id_, id_[::-1]]}, "person"
    ),
    "storyroll.suggestion.v1.SuggestionService/ListStories": Own(),
    "storyroll.suggestion.v1.SuggestionService/WatchStories": Own(),
    "storyroll.suggestion.v1.SuggestionService/GetStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/ExplainStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/RenderStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/RecordFeedback": Named(
        lambda id_: {"story_id": id_, "reaction": 2}, "story"
    ),
    "storyroll.suggestion.v1.SuggestionService/ShareStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/UnshareStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.upload.v1.UploadService/CheckAssets": Own(
        lambda id_: {"sha256": [bytes.fromhex(id_)]}, "hash"
    ),
    "storyroll.upload.v1.UploadService/WriteAsset": Own(header, "hash"),
    "storyroll.upload.v1.UploadService/QueryWrite": Own(lambda id_: {"sha256": bytes.fromhex(id_)}, "hash"),
}
"""How every RPC answers somebody who names what is another's. One that is not here fails the test."""
ENDLESS = {"storyroll.suggestion.v1.SuggestionService/WatchStories"}


@dataclass
class Estate:
    """Ana's library behind a server that serves everything, and somebody else on the line."""

    library: StoredLibrary
    channel: grpc.aio.Channel
    issuer: LocalIssuer
    found: list[MethodDescriptor]

    async def ask(self, method: MethodDescriptor, owner: str, named: str) -> Answer:
        rule = RULES[path(method)]
        patience = 1.0 if path(method) in ENDLESS else 10.0
        return await ask(self.channel, method, rule.request(named), self.issuer.mint(owner), patience)


@pytest.fixture
async def estate(serving: Serving, issuer: LocalIssuer, tmp_path: Path) -> AsyncIterator[Estate]:
    async with open_local(tmp_path, SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await fill(library)
        await StoredLibrary.over(ports, BEN).grant(*Scope)
        service = Service(everything(ports).servicers)
        async with serving(service) as (_, address), grpc.aio.insecure_channel(address) as channel:
            found = await asyncio.to_thread(lambda: list(methods(address)))
            yield Estate(library, channel, issuer, found)


async def fill(library: StoredLibrary) -> None:
    """Give Ana one of everything."""
    await library.grant(*Scope)
    await library.add(ANAS["asset"], AT, LISBON, seen("a", "beach"), who=("maria",), data=jpeg(1))
    await library.name(ANAS["person"], Person("Maria Silva"), ANAS["asset"])
    await library.name(ANAS["person"][::-1], Person(), ANAS["asset"])
    await library.tell(story(ANAS["story"], ANAS["asset"], title="Maria Silva in Lisbon"))
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.EVENT, "e1", AlbumEvent(EventId("e1"), AT, AT, (), LISBON.place), time=AT)
        await tx.put(Kind.ASSET, ANAS["asset"], fingerprint=bytes.fromhex(SHA256))
        await audit(tx, AuditAction.PERSON_CHANGED, AT, subject=ANAS["person"])


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
