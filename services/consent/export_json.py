"""Records as JSON for their owner: every facet that consent lets be read, field by field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from services.domain.accounts import AuditEntry
from services.domain.consent import Consent
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.records import Record
from services.domain.stories.story import Story
from services.domain.stories.text import Language

_DIGITS = 4
"""Decimals of a vector's numbers: more than are stored of them."""


def record_line(record: Record, language: Language) -> bytes:
    """Return a record as one line: id, time, state, then its facets by name, texts said in a language."""
    facets = {facet.NAME: _plain(_said(facet, language)) for facet in record.facets.values()}
    line = {"id": record.id, "time": _plain(record.time), "state": record.state, **facets}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def account_json(owner: OwnerId, consent: Consent, history: Sequence[AuditEntry]) -> bytes:
    """Return whose account it is, what is granted, and every time that it was granted or taken back."""
    document = {
        "owner": owner,
        "granted": [_plain(grant) for grant in consent.grants.values()],
        "history": [
            {"action": entry.action, "at": _plain(entry.at), "detail": entry.detail} for entry in history
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _said(facet: Facet, language: Language) -> Facet:
    return facet.told_in(language) if isinstance(facet, Story) else facet


def _plain(value: Any) -> Any:
    """Return a value of a facet as JSON has it: bytes hexadecimal, times RFC 3339, vectors as lists."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return sorted(map(_plain, value)) if isinstance(value, frozenset) else _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.round(value.astype(float), _DIGITS).tolist()
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else value
