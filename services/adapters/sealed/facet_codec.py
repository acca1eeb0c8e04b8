"""Facets as bytes and back: a format version, then MessagePack.

Vectors travel as little-endian float16: half the space, and a cosine off by less than 0.001.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from services.domain.accounts import AuditEntry, AuditHead, ConsentState, Planned
from services.domain.declared import DeclaredOccasion
from services.domain.errors import SealBroken
from services.domain.facets import (
    Appearances,
    Content,
    Description,
    Faces,
    Facet,
    Location,
    LocationTags,
    Original,
    Person,
)
from services.domain.retention import Released, Retention
from services.domain.stories.story import AlbumEvent, Feedback, Sharing, Story

FORMAT = b"\x01"

FACETS: Mapping[str, type[Facet]] = MappingProxyType(
    {
        facet.NAME: facet
        for facet in (
            AlbumEvent,
            Appearances,
            AuditEntry,
            AuditHead,
            ConsentState,
            Content,
            DeclaredOccasion,
            Description,
            Faces,
            Feedback,
            Location,
            LocationTags,
            Original,
            Person,
            Planned,
            Released,
            Retention,
            Sharing,
            Story,
        )
    }
)
"""Every facet that can be stored, by name."""


def encode(facet: Facet) -> bytes:
    """Return a facet as bytes; raise TypeError for one that is not in FACETS."""
    if FACETS.get(facet.NAME) is not type(facet):
        raise TypeError(f"{type(facet).__name__} is not listed in facet_codec.FACETS")
    # MessagePack's own timestamps forget the UTC offset; text keeps it, and with it a photo's local hour.
    plain = msgspec.to_builtins(facet, builtin_types=(bytes,), enc_hook=_vector_to_bytes)
    return FORMAT + msgspec.msgpack.encode(plain)


def decode(name: str, data: bytes) -> Facet:
    """Undo `encode`; raise SealBroken for a format or facet that this version does not know."""
    if not data.startswith(FORMAT) or name not in FACETS:
        raise SealBroken(f"the facet {name!r} was written by a newer version")
    try:
        return _decoder(name).decode(memoryview(data)[1:])
    except msgspec.DecodeError as error:
        raise SealBroken(f"the facet {name!r} does not have the shape that this version knows") from error


@cache
def _decoder(name: str) -> msgspec.msgpack.Decoder[Facet]:
    return msgspec.msgpack.Decoder(FACETS[name], dec_hook=_vector_from_bytes)


def _vector_to_bytes(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return value.astype("<f2").tobytes()
    raise NotImplementedError(f"cannot store a {type(value).__name__}")


def _vector_from_bytes(type_: type, value: Any) -> Any:
    if getattr(type_, "__origin__", type_) is np.ndarray and isinstance(value, bytes):
        return np.frombuffer(value, "<f2").astype(np.float32)
    raise NotImplementedError(f"cannot read a {type_}")
