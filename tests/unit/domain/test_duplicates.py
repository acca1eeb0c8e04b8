from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.capture import MediaFacts
from services.domain.duplicates import Shot, link, near_duplicates
from services.domain.identity import AssetId
from services.domain.media import Camera, CaptureTimeSource, MediaKind
from services.domain.screenshots import is_screenshot

NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
PHONE = Camera("Apple", "iPhone 15")


def shot(id_: str, seconds: float = 0, hash_: int | None = 0, **fields: object) -> Shot:
    defaults: dict[str, object] = {
        "kind": MediaKind.PHOTO,
        "source": CaptureTimeSource.EXIF_OFFSET,
        "stem": id_,
        "camera": PHONE,
        "pixels": 12_000_000,
    }
    at = NOON + timedelta(seconds=seconds)
    return Shot(id=AssetId(id_), at=at, perceptual_hash=hash_, **(defaults | fields))  # type: ignore[arg-type]


def arrive(shots: Sequence[Shot]) -> dict[AssetId, Shot]:
    library: dict[AssetId, Shot] = {}
    for new in shots:
        library.update(link(new, library.values()))
    return library


def test_the_larger_picture_stays_and_the_smaller_follows_it() -> None:
    small, large = shot("a", pixels=1_000_000), shot("b", 3600 * 5, hash_=0b111, pixels=12_000_000)
    for order in itertools.permutations((small, large)):
        found = arrive(order)
        assert found[AssetId("a")].duplicate_of == "b"
        assert found[AssetId("b")].duplicate_of is None


def test_of_equals_the_sharper_stays_then_the_earlier() -> None:
    assert arrive([shot("a", 1), shot("b", 2, quality=0.9)])[AssetId("a")].duplicate_of == "b"
    assert arrive([shot("a", 2), shot("b", 1)])[AssetId("a")].duplicate_of == "b"


def test_a_third_copy_leads_all_to_the_best_in_any_order() -> None:
    copies = [shot("a", 0, 0, pixels=1), shot("b", 1, 0b1, pixels=2), shot("c", 2, 0b11, pixels=3)]
    for order in itertools.permutations(copies):
        links = {id_: found.duplicate_of for id_, found in arrive(order).items()}
        assert links == {"a": "c", "b": "c", "c": None}


@pytest.mark.parametrize(
    ("seconds", "bits", "alike"),
    [(0, 8, True), (0, 9, False), (61, 5, False), (61, 4, True), (13 * 3600, 0, False)],
)
def test_the_further_apart_the_more_alike_copies_must_be(seconds: int, bits: int, alike: bool) -> None:
    assert near_duplicates(shot("a"), shot("b", seconds, 2**bits - 1)) is alike


def test_nothing_is_alike_that_has_no_hash_or_is_of_another_kind() -> None:
    assert not near_duplicates(shot("a", hash_=None), shot("b", hash_=None))
    assert not near_duplicates(shot("a"), shot("b", kind=MediaKind.VIDEO))


def test_a_burst_is_a_chain_whatever_the_order() -> None:
    far_apart = [2**20 - 1 << 20 * i for i in range(3)]
    shots = [shot(name, 1.5 * i, far_apart[i] if i else 0) for i, name in enumerate("abc")]
    shots.append(shot("d", 30, far_apart[2]))
    for order in itertools.permutations(shots):
        found = arrive(order)
        assert len({found[AssetId(name)].burst for name in "ab"} - {""}) == 1
        assert found[AssetId("d")].burst == ""


def test_a_gap_filled_later_joins_two_bursts() -> None:
    found = arrive([shot("a", 0), shot("b", 2), shot("d", 6), shot("e", 8), shot("c", 4)])
    assert len({s.burst for s in found.values()}) == 1
    assert found[AssetId("a")].burst


@pytest.mark.parametrize(
    "other",
    [
        {"camera": Camera("Apple", "iPhone 14")},
        {"camera": Camera()},
        {"source": CaptureTimeSource.FILE_NAME},
        {"kind": MediaKind.VIDEO},
        {"hash_": 2**40 - 1},
    ],
)
def test_what_is_no_burst(other: dict[str, object]) -> None:
    assert link(shot("b", 1, **other), [shot("a")])[AssetId("b")].burst == ""  # type: ignore[arg-type]


def test_live_photos_pair_by_identifier_even_far_apart() -> None:
    photo = shot("p", stem="img_1", content_id="X")
    video = shot("v", 9999, stem="img_9", content_id="X", kind=MediaKind.VIDEO)
    for order in itertools.permutations((photo, video)):
        found = arrive(order)
        assert (found[AssetId("p")].pair, found[AssetId("v")].pair) == ("v", "p")


def test_halves_without_identifier_pair_by_name_and_time() -> None:
    photo = shot("p", stem="img_1")
    near, far = (shot(f"v{s}", s, stem="img_1", kind=MediaKind.VIDEO) for s in (3, 4))
    assert arrive([photo, far, near])[AssetId("p")].pair == "v3"
    assert arrive([photo, far])[AssetId("p")].pair is None
    assert (
        arrive([photo, shot("w", stem="img_1", content_id="X", kind=MediaKind.VIDEO)])[AssetId("p")].pair
        is None
    )


def test_describing_again_changes_nothing() -> None:
    library = arrive([shot("a", 0), shot("b", 1, pixels=5), shot("v", 1, stem="a", kind=MediaKind.VIDEO)])
    for again in library.values():
        assert library | link(again, library.values()) == library


@pytest.mark.parametrize(
    ("facts", "name", "mime", "expected"),
    [
        (MediaFacts(), "Screenshot_2024.jpg", "image/jpeg", True),
        (MediaFacts(), "Bildschirmfoto 2024.png", "image/png", True),
        (MediaFacts(user_comment="Screenshot"), "IMG_1.PNG", "image/png", True),
        (MediaFacts(width=1170, height=2532), "IMG_1.PNG", "image/png", True),
        (MediaFacts(width=1170, height=2532, camera=PHONE), "IMG_1.PNG", "image/png", False),
        (MediaFacts(width=1170, height=2532), "IMG_1.jpg", "image/jpeg", False),
        (MediaFacts(width=3000, height=2000), "scan.png", "image/png", False),
        (MediaFacts(), "a.png", "image/png", False),
    ],
)
def test_screenshots(facts: MediaFacts, name: str, mime: str, expected: bool) -> None:
    assert is_screenshot(facts, name, mime) is expected
