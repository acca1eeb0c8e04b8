"""The short form of `make quality`: one simulated life, and the places that need no photos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId
from services.domain.stories.plan import plan
from tests.quality import measures
from tests.quality.baselines import ente, immich, libre_photos, photo_prism
from tests.quality.competition import DAYS, FIRST, SIMULATED, YEARS, Row
from tests.quality.document import write
from tests.quality.real.faces import Groups, nobody_twice, score
from tests.quality.real.landmarks import LANDMARKS, placed
from tests.quality.real.report import RealFigures
from tests.quality.simulator import Roll, simulate
from tests.unit.domain.album import GRAZ, GRAZ_POINT, LISBON, LISBON_POINT, Album, at

SEED = 2


@pytest.fixture(scope="module")
def life() -> Roll:
    return simulate(years=YEARS, seed=SEED, first=FIRST)


@pytest.fixture(scope="module")
def rows(life: Roll) -> Mapping[str, Row]:
    made = plan(life.library, FIRST + timedelta(days=DAYS))
    return {name: SIMULATED[name](life, made) for name in ("event-boundaries-f1", "trips-f1", "home-days")}


@pytest.mark.parametrize("name", ["event-boundaries-f1", "trips-f1", "home-days"])
def test_one_life_is_understood_and_no_rule_of_others_does_better(rows: Mapping[str, Row], name: str) -> None:
    assert rows[name].ours >= 0.95
    assert rows[name].ahead >= 1.0


def test_wrong_clocks_are_found_and_mixed_into_no_event(life: Roll) -> None:
    made = plan(life.library, FIRST + timedelta(days=DAYS))
    assert len(life.truth.broken) >= 100
    assert measures.unmixed_clocks(made, life) >= 0.95
    assert measures.clocks_set_right(life) >= 0.95
    assert measures.clocks_kept(life) == 1.0


def test_landmarks_are_in_their_countries_and_nearly_all_in_their_cities() -> None:
    abroad, elsewhere = placed()
    assert len(LANDMARKS) == 30
    assert abroad == []
    assert len(elsewhere) <= 2


def test_what_was_measured_is_written_beside_others_into_one_section(tmp_path: Path) -> None:
    document, real = tmp_path / "quality.md", RealFigures(goals=[("themes-top-1", 0.6, 0.55)])
    real.curve[0.937] = score({(AssetId("a"), 0): 1}, {(AssetId("a"), 0): "Ana"})
    row = Row("trips-f1", 0.9, {"Ente": 0.5})
    for figure in (0.8, 0.9):
        write({"trips-f1": [figure, 1.0]}, {"trips-f1": 0.95}, [row], real, document)
    text = document.read_text()
    assert text.startswith("# Quality\n")
    assert text.count("| trips-f1 |") == 2
    assert "| trips-f1 | 0.950 | 0.900 | 0.95 |" in text
    assert "| trips-f1 | **0.900** | 0.500 |" in text
    assert "| 0.937 | 1.000 | 1.000 | 1.000 | 0 | 0 |" in text


def faces_at(*angles: float) -> list[FaceRef]:
    """Return faces of a photo each, on a circle; angles in degrees."""
    return [
        FaceRef(AssetId(str(n)), 0, _unit(angle), 0.9, datetime(2024, 1, 1 + n))
        for n, angle in enumerate(angles)
    ]


def _unit(angle: float) -> np.ndarray:
    radians = np.radians(angle)
    return np.array([np.cos(radians), np.sin(radians)], dtype=np.float32)


def sizes(groups: Groups) -> list[int]:
    labels = list(groups.values())
    return sorted(labels.count(label) for label in set(labels))


def test_rules_for_faces_that_link_neighbours_chain_and_need_their_density() -> None:
    faces = faces_at(0, 8, 16, 24, 90, 98)
    near = float(np.cos(np.radians(9)))
    assert sizes(ente.people(faces, near)) == [2, 4]
    assert sizes(immich.people(faces, near)) == [1, 1, 4]
    assert sizes(photo_prism.people(faces, near)) == [1] * 6


def test_a_score_counts_people_that_are_split_and_merged() -> None:
    truth = {(AssetId(str(n)), 0): name for n, name in enumerate("aaaabbc")}
    found = score(dict(zip(truth, (1, 1, 2, 2, 3, 3, 3), strict=True)), truth)
    assert (found.people, found.split, found.merged) == (3, 1, 1)
    assert found.precision == pytest.approx((4 * 1 + 2 * 2 / 3 + 1 / 3) / 7)
    assert found.recall == pytest.approx((4 * 0.5 + 2 + 1) / 7)
    assert nobody_twice({(AssetId("x"), 0): 1, (AssetId("x"), 1): 1, (AssetId("y"), 0): 1}) == 0.5


def test_rules_for_trips_and_events_are_those_of_their_descriptions() -> None:
    album, first = Album(), date(2024, 1, 1)
    album.lives_in_graz(first, 14)
    away = at(first + timedelta(days=100))
    trip = album.series(away, 24, minutes=60, coordinates=LISBON_POINT, place=LISBON)
    album.add(away + timedelta(days=3), coordinates=GRAZ_POINT, place=GRAZ)
    library, ids = album.library(), {asset.id for asset in trip}
    assert [home.coordinates for home in ente.homes(library)] == [GRAZ_POINT]
    assert ente.trips(library) == immich.trips(library, GRAZ_POINT) == photo_prism.trips(library) == [ids]
    events = libre_photos.events(library)
    assert len({events[id_] for id_ in ids}) == 1
    assert len(set(events.values())) == 16
