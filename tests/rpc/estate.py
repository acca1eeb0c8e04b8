"""Ana's library behind a server that serves everything, and how each RPC must answer strangers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc
from google.protobuf.descriptor import MethodDescriptor

from services.adapters.blob_host import BlobHost
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.whole import everything
from services.domain.accounts import AuditAction, audit
from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.facets import Person
from services.domain.identity import EventId, PersonId
from services.domain.records import Kind
from services.domain.stories.story import AlbumEvent
from services.rpc.service import Service
from services.rpc.tokens import LocalIssuer
from tests.rpc.conftest import Serving
from tests.rpc.rpc_walk import Answer, Fields, Linked, Named, Own, ask, methods, path
from tests.stored_library import BEN, LISBON, StoredLibrary, jpeg, seen, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
NOTHING = {
    "asset": "a0" * 13,
    "person": "b0" * 13,
    "story": "c0" * 13,
    "occasion": "e0" * 13,
    "hash": "d0" * 32,
}
"""Ids, of each kind, of what nobody has."""
SHA256 = hashlib.sha256(jpeg(1)).hexdigest()
ANAS = {"asset": "a1" * 13, "person": "b1" * 13, "story": "c1" * 13, "occasion": "e1" * 13, "hash": SHA256}
SECRETS = [b"Maria Silva", b"Lisbon", b"beach", b"a1a1.jpg", *(id_.encode() for id_ in ANAS.values())]
"""What no answer to anybody else may hold."""

DAY = {"year": 2014, "month": 6, "day": 12}


def header(sha256: str) -> Fields:
    about = {"sha256": bytes.fromhex(sha256), "size": 10, "path": "a.jpg", "media_type": "image/jpeg"}
    return {"header": about}


RULES: dict[str, Named | Own | Linked] = {
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
    "storyroll.metadata.v1.MetadataService/SplitPerson": Named(
        lambda id_: {"person_id": id_, "asset_ids": ["a1" * 13]}, "person"
    ),
    "storyroll.metadata.v1.MetadataService/DeclareOccasion": Named(
        lambda id_: {"kind": 3, "day": DAY, "person_ids": [id_], "title": "x"},
        "person",
    ),
    "storyroll.metadata.v1.MetadataService/ListOccasions": Own(),
    "storyroll.metadata.v1.MetadataService/DeleteOccasion": Named(
        lambda id_: {"occasion_id": id_}, "occasion"
    ),
    "storyroll.suggestion.v1.SuggestionService/ListStories": Own(),
    "storyroll.suggestion.v1.SuggestionService/WatchStories": Own(),
    "storyroll.suggestion.v1.SuggestionService/GetStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/ExplainStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/RenderStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/RecordFeedback": Named(
        lambda id_: {"story_id": id_, "reaction": 2}, "story"
    ),
    "storyroll.suggestion.v1.SuggestionService/ResetLearning": Own(),
    "storyroll.suggestion.v1.SuggestionService/ShareStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SuggestionService/UnshareStory": Named(lambda id_: {"story_id": id_}, "story"),
    "storyroll.suggestion.v1.SharedStoryService/GetSharedStory": Linked(),
    "storyroll.suggestion.v1.SharedStoryService/RenderSharedStory": Linked(),
    "storyroll.upload.v1.UploadService/CheckAssets": Own(
        lambda id_: {"sha256": [bytes.fromhex(id_)]}, "hash"
    ),
    "storyroll.upload.v1.UploadService/WriteAsset": Own(header, "hash"),
    "storyroll.upload.v1.UploadService/CreateDirectUpload": Own(header, "hash"),
    "storyroll.upload.v1.UploadService/CompleteDirectUpload": Own(header, "hash"),
    "storyroll.upload.v1.UploadService/GetUsage": Own(),
    "storyroll.upload.v1.UploadService/QueryWrite": Own(lambda id_: {"sha256": bytes.fromhex(id_)}, "hash"),
}
"""How every RPC answers somebody who names what is another's. One that is not here fails the test."""
ENDLESS = {"storyroll.suggestion.v1.SuggestionService/WatchStories"}


@dataclass
class Estate:
    """Ana's library behind a server that serves everything, and somebody else on the line."""

    library: StoredLibrary
    address: str
    channel: grpc.aio.Channel
    issuer: LocalIssuer
    found: list[MethodDescriptor]
    blobs: BlobHost

    async def ask(self, method: MethodDescriptor, owner: str, named: str) -> Answer:
        rule = RULES[path(method)]
        patience = 1.0 if path(method) in ENDLESS else 10.0
        return await ask(self.channel, method, rule.request(named), self.issuer.mint(owner), patience)


async def open_estate(serving: Serving, issuer: LocalIssuer, tmp_path: Path) -> AsyncIterator[Estate]:
    async with open_estate_over(BlobHost(), serving, issuer, tmp_path) as estate:
        yield estate


@asynccontextmanager
async def open_estate_over(
    blobs: BlobHost, serving: Serving, issuer: LocalIssuer, folder: Path
) -> AsyncIterator[Estate]:
    async with open_local(folder, SystemClock(), blobs=blobs) as ports:
        library = StoredLibrary.over(ports)
        await fill(library)
        await StoredLibrary.over(ports, BEN).grant(*Scope)
        service = Service(everything(ports).servicers)
        async with serving(service) as (_, address), grpc.aio.insecure_channel(address) as channel:
            found = await asyncio.to_thread(lambda: list(methods(address)))
            yield Estate(library, address, channel, issuer, found, blobs)


async def fill(library: StoredLibrary) -> None:
    """Give an owner one of everything."""
    await library.grant(*Scope)
    await library.add(ANAS["asset"], AT, LISBON, seen("a", "beach"), who=("maria",), data=jpeg(1))
    await library.name(ANAS["person"], Person("Maria Silva"), ANAS["asset"])
    await library.name(ANAS["person"][::-1], Person(), ANAS["asset"])
    await library.tell(story(ANAS["story"], ANAS["asset"], title="Maria Silva in Lisbon"))
    async with library.catalog.transaction(library.owner) as tx:
        await tx.put(Kind.EVENT, "e1", AlbumEvent(EventId("e1"), AT, AT, (), LISBON.place), time=AT)
        await tx.put(Kind.ASSET, ANAS["asset"], fingerprint=bytes.fromhex(SHA256))
        theirs = PersonId(ANAS["person"])
        occasion = DeclaredOccasion(OccasionKind.OTHER, AT.date(), (theirs,), "Maria Silva")
        await tx.put(Kind.OCCASION, ANAS["occasion"], occasion)
        await audit(tx, AuditAction.PERSON_CHANGED, AT, subject=ANAS["person"])
