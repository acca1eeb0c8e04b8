"""Records, facets and labels in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Executable, FromClause, Select, and_, delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.rows import NO_TIME, Change, FacetRow, RecordRow, Selection, Tally
from services.adapters.sql.selections import conditions, records_that_match
from services.adapters.sql.tables import FACETS, LABELS, OWNERS, RECORDS
from services.adapters.sql.upserts import insert, upsert
from services.domain.errors import AlreadyExists

BATCH = 1000
"""Values in one IN list: well under what databases accept."""


class SqlRecords:
    """Fulfils `rows.RecordRows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def select(self, owner: str, kind: str, selection: Selection) -> list[RecordRow]:
        """Return the records that match, by (time, id)."""
        if selection.limit is None:
            found = _with_facets(selection.facets).where(*conditions(owner, kind, selection))
            return await self._in_order(found, RECORDS, newest_first=selection.newest_first)
        few = records_that_match(owner, kind, selection).subquery()
        # Through the limit of a subquery no planner infers a partition: the facets' owner is said once more.
        found = _joined(few, selection.facets, FACETS.c.owner == owner, FACETS.c.kind == kind)
        return await self._in_order(found, few, newest_first=selection.newest_first)

    async def count(self, owner: str, kind: str, selection: Selection) -> int:
        """Return how many records match."""
        matching = records_that_match(owner, kind, selection).order_by(None).subquery()
        return int(await self._connection.scalar(select(func.count()).select_from(matching)) or 0)

    async def get(
        self, owner: str, kind: str, ids: Sequence[str], facets: frozenset[str] | None = None
    ) -> list[RecordRow]:
        """Return those of the records that exist."""
        found = []
        for start in range(0, len(ids), BATCH):
            batch = _record(RECORDS, owner, kind, ids[start : start + BATCH])
            found += await self._in_order(_with_facets(facets).where(batch), RECORDS)
        return found

    async def ids_of(self, owner: str, kind: str, fingerprints: Sequence[bytes]) -> Mapping[bytes, str]:
        """Return the ids of the records with these fingerprint hashes."""
        found: dict[bytes, str] = {}
        r = RECORDS.c
        for start in range(0, len(fingerprints), BATCH):
            wanted = r.fingerprint.in_(fingerprints[start : start + BATCH])
            statement = select(r.fingerprint, r.id).where(r.owner == owner, r.kind == kind, wanted)
            found.update((row.fingerprint, row.id) for row in await self._connection.execute(statement))
        return found

    async def owners(self) -> list[str]:
        """Return every owner that has a record."""
        of_owner = exists().where(
            RECORDS.c.owner == OWNERS.c.owner
        )  # a look each, not a look at every record
        statement = select(OWNERS.c.owner).where(of_owner).order_by(OWNERS.c.owner)
        return list((await self._connection.scalars(statement)).all())

    async def next_revision(self, owner: str) -> int:
        """Count up and return the owner's revision."""
        counting = _counting(self._connection.dialect.name)
        revision: int = (await self._connection.scalars(counting, {"owner": owner, "revision": 1})).one()
        return revision

    async def put(self, owner: str, kind: str, id_: str, change: Change) -> None:
        """Create or change a record."""
        columns = {"time": change.time, "state": change.state, "fingerprint": change.fingerprint}
        given = {name: value for name, value in columns.items() if value is not None}
        values: dict[str, Any] = {"revision": change.revision, **given}
        fresh = {"owner": owner, "kind": kind, "id": id_, "time": NO_TIME, "state": "", **values}
        try:
            await self._connection.execute(upsert(self._connection, RECORDS, tuple(values)), fresh)
        except IntegrityError as error:
            raise AlreadyExists(f"another {kind} has this fingerprint") from error

    async def put_facets(
        self, owner: str, kind: str, id_: str, facets: Mapping[FacetRow, frozenset[bytes] | None]
    ) -> None:
        """Create or replace facets and their labels, in three statements however many they are."""
        record = {"owner": owner, "kind": kind, "id": id_}
        if relabelled := [facet.name for facet, digests in facets.items() if digests is not None]:
            old = and_(_record(LABELS, owner, kind, [id_]), LABELS.c.name.in_(relabelled))
            await self._connection.execute(delete(LABELS).where(old))
        rows = [{**record, "name": f.name, "scopes": f.scopes, "sealed": f.sealed} for f in facets]
        await self._connection.execute(upsert(self._connection, FACETS), rows)
        labels = [
            {**record, "name": facet.name, "digest": digest}
            for facet, digests in facets.items()
            for digest in sorted(digests or ())
        ]
        if labels:
            await self._connection.execute(LABELS.insert(), labels)

    async def drop_facet(self, owner: str, kind: str, id_: str, name: str) -> None:
        """Remove a facet; its labels go with it."""
        facet = and_(_record(FACETS, owner, kind, [id_]), FACETS.c.name == name)
        await self._connection.execute(delete(FACETS).where(facet))

    async def delete(self, owner: str, kind: str, ids: Sequence[str]) -> int:
        """Delete records; facets and labels go with them."""
        count = 0
        for start in range(0, len(ids), BATCH):
            doomed = _record(RECORDS, owner, kind, ids[start : start + BATCH])
            count += (await self._connection.execute(delete(RECORDS).where(doomed))).rowcount
        return count

    async def scope_sets(self, owner: str) -> set[str]:
        """Return the distinct `scopes` of the owner's facets."""
        statement = select(FACETS.c.scopes).where(FACETS.c.owner == owner).distinct()
        return set((await self._connection.scalars(statement)).all())

    async def erase_scopes(self, owner: str, scope_sets: frozenset[str]) -> Tally:
        """Delete the facets with these `scopes`, and records that lose their last facet by it."""
        r, f = RECORDS.c, FACETS.c
        of_record = and_(f.owner == r.owner, f.kind == r.kind, f.id == r.id)
        emptied = (
            r.owner == owner,
            exists().where(of_record, f.scopes.in_(scope_sets)),
            ~exists().where(of_record, f.scopes.not_in(scope_sets)),
        )
        doomed = (f.owner == owner, f.scopes.in_(scope_sets))
        facets = await self._count(select(func.count(FACETS.c.id)).where(*doomed))
        records = (await self._connection.execute(delete(RECORDS).where(*emptied))).rowcount
        await self._connection.execute(delete(FACETS).where(*doomed))
        return Tally(records, facets)

    async def erase_owner(self, owner: str) -> Tally:
        """Delete every record of the owner."""
        own = select(func.count(FACETS.c.id)).where(FACETS.c.owner == owner)
        facets = await self._count(own)
        records = (await self._connection.execute(delete(RECORDS).where(RECORDS.c.owner == owner))).rowcount
        await self._connection.execute(delete(OWNERS).where(OWNERS.c.owner == owner))
        return Tally(records, facets)

    async def _count(self, statement: Select[int]) -> int:
        return (await self._connection.scalar(statement)) or 0

    async def _in_order(
        self, found: Select[Any], records: FromClause, *, newest_first: bool = False
    ) -> list[RecordRow]:
        """Fetch records and their facets in one statement: one consistent state, one round trip."""
        r = records.c
        order = (r.time.desc(), r.id.desc()) if newest_first else (r.time, r.id)
        rows = await self._connection.execute(found.order_by(*order))
        return [_row(list(group)) for _, group in groupby(rows.all(), key=lambda row: row.id)]


@cache
def _with_facets(names: frozenset[str] | None) -> Select[Any]:
    """Select every record with its facets of these names; built once, for that takes its time."""
    return _joined(RECORDS, names)


def _joined(records: FromClause, names: frozenset[str] | None, *said: ColumnElement[bool]) -> Select[Any]:
    r, f = records.c, FACETS.c
    joined = and_(f.owner == r.owner, f.kind == r.kind, f.id == r.id, *said)
    if names is not None:
        joined = and_(joined, f.name.in_(names))
    columns = (r.id, r.time, r.state, r.revision, f.name, f.scopes, f.sealed)
    return select(*columns).select_from(records.outerjoin(FACETS, joined))


@cache
def _counting(dialect: str) -> Executable:
    statement = insert(dialect, OWNERS)
    counted = {"revision": OWNERS.c.revision + 1}
    counting = statement.on_conflict_do_update(index_elements=["owner"], set_=counted)
    return counting.returning(OWNERS.c.revision)


def _row(group: Sequence[Any]) -> RecordRow:
    first = group[0]
    facets = (FacetRow(row.name, row.scopes, row.sealed) for row in group if row.name is not None)
    return RecordRow(first.id, first.time, first.state, first.revision, tuple(facets))


def _of_kind(owner: str, kind: str) -> ColumnElement[bool]:
    return and_(FACETS.c.owner == owner, FACETS.c.kind == kind)


def _record(table: Any, owner: str, kind: str, ids: Sequence[str]) -> Any:
    return and_(table.c.owner == owner, table.c.kind == kind, table.c.id.in_(ids))
