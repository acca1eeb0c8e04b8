"""Selections as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, tuple_

from services.adapters.rows import NO_TIME, Selection
from services.adapters.sql.tables import LABELS, RECORDS

_R = RECORDS.c


def records_that_match(owner: str, kind: str, selection: Selection) -> Select[Any]:
    """Return the statement that selects the plain columns of these records, ordered and limited."""
    order = (_R.time.desc(), _R.id.desc()) if selection.newest_first else (_R.time, _R.id)
    statement = select(RECORDS).where(*conditions(owner, kind, selection))
    return statement.order_by(*order).limit(selection.limit)


def conditions(owner: str, kind: str, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield what holds of these records, whatever their order and limit."""
    yield _R.owner == owner
    yield _R.kind == kind
    yield from _column_conditions(selection)
    yield from _label_conditions(owner, kind, selection)


def _column_conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.since is not None:
        yield _R.time >= selection.since
    if selection.until is not None:
        yield and_(_R.time < selection.until, _R.time > NO_TIME)
    if selection.states:
        yield _R.state.in_(selection.states)
    if selection.changed_after:
        yield _R.revision > selection.changed_after
    if selection.after is not None:
        here = tuple_(_R.time, _R.id)
        yield here < selection.after if selection.newest_first else here > selection.after


def _label_conditions(owner: str, kind: str, selection: Selection) -> Iterator[ColumnElement[bool]]:
    label = LABELS.c
    for digests in selection.digests:
        labelled = select(label.id).where(label.owner == owner, label.kind == kind, label.digest.in_(digests))
        yield _R.id.in_(labelled)  # not correlated: a rare label is found without passing over every record
