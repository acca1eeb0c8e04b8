"""Photos of many cameras, of people and of places, synced in one run and asked for over the wire.

Orientation is what the file records: EXIF's tag, in HEIF files too, whose pixels are turned by a property of
the container instead. Width and height are always those of the upright picture.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageOps

from tests.e2e.storyroll import Storyroll
from tests.photo_labels import EXPECTED_DIFFERENCES, FOLDERS, Reading, differences, labelled, rows

pytestmark = [pytest.mark.models, pytest.mark.data]

UP = ("--today", "2027-01-01")
"""Later than every date among the photos: what is dated in the future is not believed."""
Assets = dict[str, dict[str, Any]]
SAME = {"people": "person", "family group": "person", "wine": "wine glass", "pet": "dog"}
"""Words of the labels for which ours is another."""


@pytest.fixture(scope="module")
def assets(shared: Storyroll, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """All photos as `storyroll assets --json` shows them, by path; a copy stands for its twin."""
    folder = tmp_path_factory.mktemp("photos")
    for name in FOLDERS:
        shutil.copytree(data_dir / name, folder / name, copy_function=os.symlink)
    shared.run("consent", "grant", "cloud_processing", "location", "faces", "content")
    said = shared.run("sync", str(folder), "--wait")
    assert "failed" not in said
    listed = {digest(data_dir / asset["path"]): asset for asset in shared.json("assets")}
    return {path: listed[digest(data_dir / path)] for path, _ in rows(data_dir)}


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def reading_of(asset: dict[str, Any]) -> Reading:
    located = asset["latitude"] is not None
    return Reading(
        datetime.fromisoformat(asset["capture_time"]),
        asset["orientation"],
        (asset["latitude"], asset["longitude"]) if located else None,
    )


def test_every_photo_is_described_and_looked_at(assets: Assets) -> None:
    assert len(assets) > 170
    assert {path: asset["reason"] for path, asset in assets.items() if asset["state"] != "analysed"} == {}


def test_at_least_98_in_100_labels_are_right(assets: Assets, data_dir: Path) -> None:
    checked, wrong = 0, {}
    for path, label in labelled(data_dir):
        checked += len(label)
        wrong |= {(path, field): why for field, why in differences(reading_of(assets[path]), label)}
    for key, why in wrong.items():
        print(*key, why, EXPECTED_DIFFERENCES.get(key, "unexpected"), sep=" | ")
    assert checked > 230
    assert len(wrong) <= 0.02 * checked
    assert wrong.keys() <= EXPECTED_DIFFERENCES.keys()


def test_sizes_are_those_of_the_upright_picture(assets: Assets, data_dir: Path) -> None:
    pillow_heif.register_heif_opener()
    wrong = {}
    for path, asset in assets.items():
        if asset["kind"] == "photo":
            size = upright_size(data_dir / path)
            if size != (asset["width"], asset["height"]):
                wrong[path] = (size, asset["width"], asset["height"])
    assert wrong == {}


def upright_size(path: Path) -> tuple[int, int]:
    """Return the size as Pillow turns the picture; its HEIF and AVIF readers turn it themselves."""
    with Image.open(path) as image:
        return image.size if image.format in ("HEIF", "AVIF") else ImageOps.exif_transpose(image).size


def test_every_picture_of_people_has_faces(assets: Assets) -> None:
    people = {path: asset for path, asset in assets.items() if path.startswith("people/")}
    assert len(people) == 26
    assert [path for path, asset in people.items() if not asset["faces"]] == []


def test_the_members_of_the_families_are_told_apart(assets: Assets, data_dir: Path) -> None:
    """Most of each member's portraits are one person, and that person is nobody else's.

    Who has one portrait, and is small in a picture of the family, may stay unknown: two faces that are alike
    do not make a person unless they are very much so.
    """
    seen: defaultdict[str, list[str | None]] = defaultdict(list)
    for path, member in portraits(data_dir):
        faces = assets[path]["faces"]
        seen[member].append(max(faces, key=lambda face: face["score"])["person_id"])
    most = {member: Counter(ids).most_common(1)[0] for member, ids in seen.items() if len(ids) > 1}
    for member, (person, count) in sorted(most.items()):
        print(f"{member}: {count} of {len(seen[member])} are {person}")
    assert len(seen) == 8
    assert len(most) == 6
    assert all(person and count > len(seen[member]) / 2 for member, (person, count) in most.items())
    assert len({person for person, _ in most.values()}) == len(most)


def portraits(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Yield the pictures that show one labelled person, with who it is."""
    for path, text in rows(data_dir):
        found = re.fullmatch(r"persons=(f\d_\w+)", text)
        if path.startswith("people/azure/Family") and found:
            yield path, found[1]


def test_themes_and_tags_name_what_the_labels_name(assets: Assets, data_dir: Path) -> None:
    named = []
    labels = {path: themes for path, text in rows(data_dir) for themes in re.findall(r"theme=([^;]*)", text)}
    for path, themes in labels.items():
        asset = assets[path]
        words = [tag["label"] for tag in asset["themes"] + asset["tags"]]
        named.append(any(means(wanted, word) for wanted in themes.split(",") for word in words))
        print(f"{'right' if named[-1] else '     '} {path}: {themes} | {', '.join(words)}")
    assert len(named) == 25
    assert sum(named) >= len(named) / 2


def means(wanted: str, word: str) -> bool:
    """Tell whether two words are the same but for number and case, or known to be."""
    wanted, word = wanted.strip().lower(), word.lower()
    return word == SAME.get(wanted) or word.removesuffix("s") == wanted.removesuffix("s")


def test_a_video_says_when_and_where_in_its_container(assets: Assets) -> None:
    video = assets["exif/mei/mov/with-gps.mov"]
    assert (video["kind"], video["capture_time_source"]) == ("video", "container")
    assert (video["capture_time"], video["country"]) == ("2019-07-24T11:25:40+03:00", "Israel")
