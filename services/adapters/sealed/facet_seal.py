"""Facets as sealed rows and back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from services.adapters.rows import FacetRow, RecordRow, moment
from services.adapters.sealed import facet_codec
from services.adapters.sealed.sealing import context
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, SealBroken
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.ports import KeyRing, SealingKey
from services.domain.records import Kind, Record

INLINE_RECORDS = 32
"""More records than this are opened in a thread, so that nobody else waits for them."""

_log = logging.getLogger(__name__)

_Keys = Mapping[str, SealingKey]


def seal_facet(key: SealingKey, owner: OwnerId, kind: Kind, id_: str, facet: Facet) -> FacetRow:
    """Return a facet as a row, bound to its record and to its name."""
    sealed = key.seal(facet_codec.encode(facet), _context(owner, kind, id_, facet.NAME))
    return FacetRow(facet.NAME, join_scopes(facet.scopes), sealed)


async def open_records(
    keyring: KeyRing, owner: OwnerId, kind: Kind, rows: Sequence[RecordRow]
) -> list[Record]:
    """Return records with every facet that can be opened; one whose key is gone is absent."""
    keys = await _keys(keyring, owner, {facet.scopes for row in rows for facet in row.facets})
    if len(rows) <= INLINE_RECORDS:
        return _open_all(keys, owner, kind, rows)
    return await asyncio.to_thread(_open_all, keys, owner, kind, rows)


def join_scopes(scopes: Iterable[Scope]) -> str:
    """Return scopes as the text of a column."""
    return "+".join(sorted(scopes))


def split_scopes(text: str) -> frozenset[Scope]:
    """Undo `join_scopes`."""
    return frozenset(Scope(name) for name in text.split("+") if name)


async def _keys(keyring: KeyRing, owner: OwnerId, scope_sets: set[str]) -> _Keys:
    keys = {}
    for scopes in scope_sets:
        try:
            keys[scopes] = await keyring.key(owner, split_scopes(scopes))
        except ConsentRequired:
            continue
    return keys


def _open_all(keys: _Keys, owner: OwnerId, kind: Kind, rows: Sequence[RecordRow]) -> list[Record]:
    return [_open_record(keys, owner, kind, row) for row in rows]


def _open_record(keys: _Keys, owner: OwnerId, kind: Kind, row: RecordRow) -> Record:
    opened = (_open_facet(keys, _context(owner, kind, row.id, facet.name), facet) for facet in row.facets)
    facets = {type(facet): facet for facet in opened if facet is not None}
    return Record(owner, kind, row.id, moment(row.time), row.state, row.revision, facets)


def _open_facet(keys: _Keys, bound_to: bytes, row: FacetRow) -> Facet | None:
    key = keys.get(row.scopes)
    if key is None:
        return None
    try:
        return facet_codec.decode(row.name, key.open(row.sealed, bound_to))
    except SealBroken as error:
        # A scope that was taken back and granted again has a new key: what the old one sealed is noise.
        _log.warning("a facet %r does not open: %s", row.name, error)
        return None


def _context(owner: OwnerId, kind: Kind, id_: str, name: str) -> bytes:
    return context("facet", owner, kind, id_, name)
