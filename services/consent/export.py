"""Handing an owner everything that is kept of them: what is known as JSON, every original as it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.consent.export_json import account_json, record_line
from services.domain.accounts import ACCOUNT_ID, AuditAction, AuditEntry, audit, consent_of
from services.domain.errors import InvalidArgument, NotFound
from services.domain.facets import LocationTags, Original
from services.domain.identity import OwnerId
from services.domain.ports import Catalog, Clock, Vault
from services.domain.records import Kind, Query, Record
from services.domain.stories.text import Language

PIECE: Final = 256 * 1024
"""Bytes."""
_PAGE: Final = 200
"""Records in memory at a time."""
_ACCOUNT: Final = "account.json"
_ORIGINALS: Final = "originals/"
_LISTS: Final = MappingProxyType(
    {
        "audit.jsonl": Kind.AUDIT,
        "people.jsonl": Kind.PERSON,
        "stories.jsonl": Kind.STORY,
        "events.jsonl": Kind.EVENT,
        "occasions.jsonl": Kind.OCCASION,
        "feedback.jsonl": Kind.FEEDBACK,
        "assets.jsonl": Kind.ASSET,
    }
)
_CONSENT_ACTIONS: Final = frozenset({AuditAction.CONSENT_GRANTED, AuditAction.CONSENT_REVOKED})


@dataclass(frozen=True, slots=True)
class FileBegins:
    """A file begins; its bytes follow."""

    name: str


@dataclass(frozen=True, slots=True)
class FileGoesOn:
    """The next bytes of the file that began."""

    data: bytes


Part = FileBegins | FileGoesOn


class ExportAccount:
    """Reads an account page by page and file by file: memory does not grow with it."""

    def __init__(self, catalog: Catalog, vault: Vault, clock: Clock) -> None:
        self._catalog = catalog
        self._vault = vault
        self._clock = clock

    async def __call__(self, owner: OwnerId, language: Language, after: str = "") -> AsyncIterator[Part]:
        """Yield all files, or those after one that arrived; raise InvalidArgument for an unknown one.

        Stories are told in `language`.
        """
        documents = [_ACCOUNT, *_LISTS]
        if after and after not in documents and not after.startswith(_ORIGINALS):
            raise InvalidArgument("this export has no such file; begin anew")
        if not after:
            await self._note(owner)
        left = documents[documents.index(after) + 1 :] if after in documents else [] if after else documents
        for name in left:
            yield FileBegins(name)
            async for data in self._document(owner, name, language):
                yield FileGoesOn(data)
        async for part in self._originals(owner, after):
            yield part

    async def _note(self, owner: OwnerId) -> None:
        try:
            await self._catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)
        except NotFound:
            return  # Nothing is kept of somebody who never granted anything, this call neither.
        async with self._catalog.transaction(owner) as tx:
            await audit(tx, AuditAction.ACCOUNT_EXPORTED, self._clock.now())

    async def _document(self, owner: OwnerId, name: str, language: Language) -> AsyncIterator[bytes]:
        if name == _ACCOUNT:
            yield account_json(owner, await consent_of(self._catalog, owner), await self._history(owner))
            return
        async for record in self._records(owner, _LISTS[name]):
            yield record_line(record, language)

    async def _history(self, owner: OwnerId) -> list[AuditEntry]:
        entries = [record.get(AuditEntry) async for record in self._records(owner, Kind.AUDIT)]
        return [entry for entry in entries if entry and entry.action in _CONSENT_ACTIONS]

    async def _records(self, owner: OwnerId, kind: Kind, last: Record | None = None) -> AsyncIterator[Record]:
        """Yield records by (time, id), from after `last` on."""
        while True:
            after = (last.time, last.id) if last else None
            page = await self._catalog.find(owner, kind, Query(after=after, limit=_PAGE))
            for record in page:
                yield record
            if len(page) < _PAGE:
                return
            last = page[-1]

    async def _originals(self, owner: OwnerId, after: str) -> AsyncIterator[Part]:
        last = await self._asset_of(owner, after) if after.startswith(_ORIGINALS) else None
        async for record in self._records(owner, Kind.ASSET, last):
            if original := record.get(Original):
                async for part in self._original(owner, record, original):
                    yield part

    async def _asset_of(self, owner: OwnerId, name: str) -> Record:
        asset = name.removeprefix(_ORIGINALS).partition("/")[0]
        try:
            return await self._catalog.get(owner, Kind.ASSET, asset)
        except NotFound:
            raise InvalidArgument("this export has no such file; begin anew") from None

    async def _original(self, owner: OwnerId, record: Record, original: Original) -> AsyncIterator[Part]:
        """Yield one original with the place that was cut out of it put back; nothing if it is gone."""
        tags = record.get(LocationTags)
        lent = self._vault.as_file(owner, original.blob_key, tags.patches if tags else ())
        try:
            path = await lent.__aenter__()
        except NotFound:
            return
        try:
            yield FileBegins(f"{_ORIGINALS}{record.id}/{original.filename}")
            with path.open("rb") as file:
                while data := await asyncio.to_thread(file.read, PIECE):
                    yield FileGoesOn(data)
        finally:
            await lent.__aexit__(None, None, None)
