"""The measurement of scale: the rows that it makes, and what it makes of what it measured."""

from __future__ import annotations

from services.adapters.rows import FacetRow, RecordRow
from services.adapters.sealed.facet_seal import open_records
from services.domain.consent import Scope
from services.domain.facets import Content
from services.domain.records import Kind
from services.domain.stories.story import Story
from tests.bench.scale.__main__ import Report, goals
from tests.bench.scale.bus import EXPECTED, Carried
from tests.bench.scale.listing import ALONE, ASSETS_LISTED, FULL, STORIES_LISTED, Listed
from tests.bench.scale.photos import EVERYTHING, STORIES, Copied, Rows, Sealed, library
from tests.bench.scale.workers import Shared
from tests.stored_library import ANA, BEN, StoredLibrary

PHOTOS = 20


async def sealed(library: StoredLibrary) -> Sealed:
    await library.grant(*Scope)
    sets = (frozenset[Scope](), *(frozenset({scope}) for scope in Scope))
    return Sealed(ANA, {scopes: await library.keyring.key(ANA, scopes) for scopes in sets})


def rows_of(rows: list[Rows], kind: Kind, id_: str) -> list[RecordRow]:
    (record,) = [r for part in rows for r in part.records if (r.kind, r.id) == (kind, id_)]
    facets = [f for part in rows for f in part.facets if (f.kind, f.id) == (kind, id_)]
    told = tuple(FacetRow(f.name, f.scopes, f.sealed) for f in facets)
    return [RecordRow(record.id, record.time, record.state, record.revision, told)]


async def test_rows_open_under_the_keys_of_their_owner(tmp_path) -> None:
    stored = StoredLibrary.in_memory(tmp_path)
    rows = list(library(ANA, PHOTOS, EVERYTHING, await sealed(stored)))
    for kind, facet in ((Kind.ASSET, Content), (Kind.STORY, Story)):
        id_ = next(r.id for part in rows for r in part.records if r.kind == kind)
        (record,) = await open_records(stored.keyring, ANA, kind, rows_of(rows, kind, id_))
        assert facet in record.facets
    assert sum(len(part.records) for part in rows) == STORIES + PHOTOS * 4


async def test_rows_that_nobody_reads_are_as_large(tmp_path) -> None:
    seals = await sealed(StoredLibrary.in_memory(tmp_path))
    read = [f for part in library(ANA, PHOTOS, EVERYTHING, seals) for f in part.facets]
    others = [f for part in library(BEN, PHOTOS, EVERYTHING, Copied(seals, BEN)) for f in part.facets]
    assert len(read) == len(others)
    assert abs(sum(len(f.sealed) for f in others) / sum(len(f.sealed) for f in read) - 1) < 0.25


def test_every_goal_is_one_line() -> None:
    lists = Listed(1_000_000, 1.0, 10**9, 10**7)
    for call, factor in ((STORIES_LISTED, 1.0), (ASSETS_LISTED, 4.0)):
        lists.seconds[call, ALONE] = [0.01] * 100
        lists.seconds[call, FULL] = [0.01 * factor] * 100
    report = Report(lists, Shared([10, 10, 10], [19, 17, 20]), Carried(10, [EXPECTED / 2]))
    assert goals(report) == [
        "goal scale-list-stories-within-twice: 2.00 (want >= 1) ok",
        "goal scale-list-assets-within-twice: 0.50 (want >= 1) short",
        "goal scale-two-inference-workers: 1.90 (want >= 1.8) ok",
        "goal scale-bus-times-expected: 0.50 (want >= 10) short",
        "goal scale-bus-times-expected-of-a-cell: 10.00 (want >= 10) ok",
    ]
