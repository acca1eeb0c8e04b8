"""The best shot of a moment stands for it, however the moment's files were linked."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer
from services.adapters.vision import CoreVision
from services.domain.consent import Scope
from services.domain.errors import Unavailable
from services.domain.identity import AssetId, OwnerId
from services.domain.library import Library, LibraryAsset
from services.domain.media import MediaKind
from services.domain.stories.best_shots import WORTH, BestShots
from services.domain.stories.plan import plan
from tests.quality.simulator import simulate
from tests.unit.domain.album import FACE, Album

NOON = datetime(2024, 5, 4, 12, tzinfo=UTC)
"""Of a Saturday."""


def burst(*shots: dict[str, Any]) -> Library:
    """A burst whose first shot stands for the others, as describing them has it."""
    album = Album()
    for n, changes in enumerate(shots):
        at = NOON + timedelta(seconds=changes.pop("seconds", n))
        album.add(at, **{"duplicate_of": AssetId("a00000") if n else None} | changes)
    return Library(tuple(album.assets))


def elected(library: Library) -> Library:
    told = BestShots().change(library.assets)
    return replace(library, assets=tuple(told[asset.id] for asset in library.assets))


def leader(library: Library) -> str:
    """Return who is followed; fail if anybody follows somebody else, or nobody."""
    first, *others = [asset for asset in elected(library).assets if asset.duplicate_of is None]
    followers = {asset.duplicate_of for asset in elected(library).assets if asset is not first}
    assert not others
    assert followers <= {first.id, None}
    return first.id


GOOD, POOR = {"quality": 0.8}, {"quality": 0.3}
SMILING = {"faces": (replace(FACE, smile=0.9),), "people": (None,)}
GRAVE = {"faces": (replace(FACE, smile=0.1),), "people": (None,)}
TURNED = {"faces": (replace(FACE, quality=0.2, smile=0.1),), "people": (None,)}


def looking(eyes_open: float | None, smile: float = 0.5) -> dict[str, Any]:
    return {"faces": (replace(FACE, eyes_open=eyes_open, smile=smile),), "people": (None,)}


@pytest.mark.parametrize(
    ("shots", "best"),
    [
        ([POOR, GOOD, POOR], "a00001"),
        ([GOOD, POOR], "a00000"),
        ([GRAVE, GRAVE, SMILING], "a00002"),
        ([TURNED, GRAVE], "a00001"),
        ([GOOD | TURNED, GOOD | SMILING, POOR | SMILING], "a00001"),
        ([{"quality": 0.5}, {"quality": 0.5 + WORTH / 2}], "a00000"),
        ([{"quality": None}, GOOD], "a00000"),
        ([POOR, {"quality": None}], "a00000"),
        ([POOR, GOOD | {"width": 1600, "height": 1200}], "a00000"),
        ([POOR, GOOD | {"seconds": 61}], "a00000"),
        ([POOR, GOOD | {"readable": False}], "a00000"),
        ([POOR, GOOD | {"kind": MediaKind.VIDEO}], "a00000"),
        ([looking(0.1), looking(0.3), looking(0.1)], "a00001"),
        ([looking(0.1, smile=1.0), looking(0.3, smile=0.0)], "a00001"),
        ([looking(0.1), looking(0.12)], "a00000"),
        ([looking(0.22), looking(0.3)], "a00000"),
        ([looking(0.1), looking(None)], "a00000"),
    ],
)
def test_who_stands_for_a_moment(shots: list[dict[str, Any]], best: str) -> None:
    assert leader(burst(*(dict(shot) for shot in shots))) == best


def test_what_nothing_changes_is_not_told_again() -> None:
    library = burst(dict(POOR), dict(GOOD), dict(POOR))
    shots = BestShots()
    shots.change(library.assets)
    other = Album().add(NOON, id=AssetId("b"))
    assert shots.change([other]) == {"b": other}
    better = replace(library.assets[2], quality=0.99)
    told = shots.change([better])
    assert {id_: asset.duplicate_of for id_, asset in told.items()} == {
        "a00000": "a00002",
        "a00001": "a00002",
        "a00002": None,
    }
    assert shots.change([], ["a00002"])["a00001"].duplicate_of is None


@given(st.data())
def test_who_leads_does_not_depend_on_how_pictures_came(data: st.DataObject) -> None:
    album = Album()
    ids = [AssetId(f"a{n:05}") for n in range(6)]
    following = st.one_of(st.none(), st.sampled_from(ids))
    for n, id_ in enumerate(ids):
        first = data.draw(following.filter(lambda first, own=id_: first != own))
        album.add(
            NOON + timedelta(seconds=n),
            duplicate_of=first,
            quality=data.draw(st.sampled_from([0.2, 0.5, 0.9])),
        )
    shots, told = BestShots(), {}
    for asset in data.draw(st.permutations(album.assets)):
        told |= shots.change([replace(asset, quality=0.4)])
        if data.draw(st.booleans()):
            told |= shots.change([], [asset.id])
        told |= shots.change([asset])
    assert told == BestShots().change(album.assets)


def test_no_story_of_a_simulated_life_shows_a_shot_of_which_there_is_a_better() -> None:
    library = simulate(years=2.0, seed=5, activity=0.5).library
    rated = tuple(_rated(asset, n) for n, asset in enumerate(library.assets))
    shown_best = elected(replace(library, assets=rated))
    assert any(
        one.duplicate_of != other.duplicate_of for one, other in zip(shown_best.assets, rated, strict=True)
    )
    best: dict[str, float] = {}
    for first, shot in ((asset.duplicate_of or asset.id, asset) for asset in rated):
        best[first] = max(best.get(first, 0.0), shot.quality or 0.0)
    shown = {id_ for story in plan(shown_best, date(2025, 1, 1), 0).stories for id_ in story.asset_ids}
    followed = {asset.duplicate_of for asset in rated}
    told = [asset for asset in rated if asset.id in shown and asset.kind is MediaKind.PHOTO]
    assert any(asset.duplicate_of or asset.id in followed for asset in told)
    for asset in told:
        assert (asset.quality or 0.0) >= best[asset.duplicate_of or asset.id] - WORTH


def _rated(asset: LibraryAsset, n: int) -> LibraryAsset:
    """Let the pictures of a burst be of all qualities, and their faces leave it at that."""
    return replace(asset, quality=0.3 + 0.6 * (n * 7 % 11) / 10, faces=(), people=())


@pytest.fixture
async def vision() -> AsyncIterator[CoreVision]:
    with IsolatedPool(workers=1) as pool:
        vision = CoreVision(lambda: local_analyzer(pool))
        yield vision
        await vision.close()


@pytest.mark.models
@pytest.mark.data
@pytest.mark.parametrize("name", ["Family1-Mom1.jpg", "Family2-Lady2.jpg", "Family1-Daughter1.jpg"])
async def test_of_a_real_burst_the_sharp_and_bright_shot_is_shown(
    vision: CoreVision, data_dir: Path, name: str
) -> None:
    photo = Image.open(data_dir / "people" / "azure" / name).convert("RGB")
    shots = {
        "blurred": photo.filter(ImageFilter.GaussianBlur(photo.width / 150)),
        "dark": ImageEnhance.Brightness(photo).enhance(0.3),
        "good": photo,
        "overexposed": ImageEnhance.Brightness(photo).enhance(2.2),
    }
    taken = [await _seen(vision, picture, id_, n) for n, (id_, picture) in enumerate(shots.items())]
    followers = [replace(shot, duplicate_of=taken[0].id) for shot in taken[1:]]
    assert leader(Library((taken[0], *followers))) == "good"


@pytest.mark.models
@pytest.mark.data
async def test_of_a_real_moment_the_shot_with_open_eyes_is_shown(vision: CoreVision, data_dir: Path) -> None:
    photos = [Image.open(data_dir / "faces" / f"id088_{n}.jpg").convert("RGB") for n in ("02", "06")]
    shut, opened = [await _seen(vision, photo, f"a{n}", n) for n, photo in enumerate(photos)]
    shots = replace(shut, quality=0.5), replace(opened, quality=0.5, duplicate_of=shut.id)
    unasked = [replace(shot, faces=tuple(replace(f, eyes_open=None) for f in shot.faces)) for shot in shots]
    assert leader(Library(shots)) == opened.id
    assert leader(Library(tuple(unasked))) == shut.id


async def _seen(vision: CoreVision, picture: Image.Image, id_: str, n: int) -> LibraryAsset:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    scopes = frozenset({Scope.FACES, Scope.CONTENT})
    try:
        sight = await vision.look(file.getvalue(), MediaKind.PHOTO, scopes, OwnerId("ana"))
    except Unavailable as error:
        pytest.skip(str(error))
    assert sight.faces is not None
    assert sight.content is not None
    album = Album()
    return album.add(
        NOON + timedelta(seconds=n),
        id=AssetId(id_),
        quality=sight.content.quality,
        faces=sight.faces.faces,
        people=(None,) * len(sight.faces.faces),
    )
