"""Facets as bytes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

import msgspec
import numpy as np
import pytest

import services.domain
from services.adapters.sealed import facet_codec
from services.domain.accounts import AccountFacet
from services.domain.errors import SealBroken
from services.domain.facets import Face, Faces, Facet, LocationTags, Person
from services.domain.identity import AssetId
from services.domain.media import Box


def subclasses(facet: type[Facet]) -> Iterator[type[Facet]]:
    for child in facet.__subclasses__():
        yield child
        yield from subclasses(child)


def test_every_facet_of_the_domain_can_be_stored() -> None:
    for module in pkgutil.walk_packages(services.domain.__path__, "services.domain."):
        importlib.import_module(module.name)
    known = {f for f in subclasses(Facet) if f.__module__.startswith("services.domain.")} - {AccountFacet}
    assert set(facet_codec.FACETS.values()) == known
    assert len(facet_codec.FACETS) == len(known)


def test_dates_tuples_bytes_and_vectors_survive() -> None:
    person = Person("Ana", date(2016, 2, 29), centroids=(np.eye(128, dtype=np.float32)[0],),
                    cover=(AssetId("a"), 3), last_seen=datetime(2024, 1, 1, tzinfo=UTC))  # fmt: skip
    back = facet_codec.decode("person", facet_codec.encode(person))
    assert isinstance(back, Person)
    assert (back.birthday, back.cover, back.last_seen) == (person.birthday, person.cover, person.last_seen)
    np.testing.assert_array_equal(back.centroids[0], person.centroids[0])
    tags = LocationTags(((5, b"\0\xff"),))
    assert facet_codec.decode("location_tags", facet_codec.encode(tags)) == tags


def test_a_facet_without_its_newest_fields_reads_with_their_defaults() -> None:
    assert facet_codec.decode("person", facet_codec.FORMAT + b"\x80") == Person()


def test_faces_that_were_stored_before_eyes_were_looked_into_read_without() -> None:
    face = Face(Box(0, 0, 1, 1), 0.5, (), np.eye(128, dtype=np.float32)[0], eyes_open=0.25)
    data = facet_codec.encode(Faces((face,)))
    known = facet_codec.decode("faces", data)
    plain = msgspec.msgpack.decode(data[1:])
    assert plain["faces"][0].pop("eyes_open") == 0.25
    before = facet_codec.decode("faces", facet_codec.FORMAT + msgspec.msgpack.encode(plain))
    assert isinstance(known, Faces)
    assert isinstance(before, Faces)
    assert [faces.faces[0].eyes_open for faces in (known, before)] == [0.25, None]


@pytest.mark.parametrize("name", ["person", "a facet of tomorrow"])
@pytest.mark.parametrize("data", [b"", b"\x02\x80", b"\x01\xff", b"\x01\x81\xa4name\x05"])
def test_what_this_version_does_not_know_is_a_broken_seal(name: str, data: bytes) -> None:
    with pytest.raises(SealBroken):
        facet_codec.decode(name, data)


def test_an_unlisted_facet_is_refused() -> None:
    @dataclass(frozen=True)
    class Stray(Facet):
        NAME: ClassVar[str] = "person"

    with pytest.raises(TypeError, match="FACETS"):
        facet_codec.encode(Stray())
