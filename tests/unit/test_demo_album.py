"""The demo album's plan tells the story that the demonstration relies on, and its files say so themselves."""

from __future__ import annotations

import io
import math
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from examples.demo_album.assemble import assemble
from examples.demo_album.credits import STATEMENT, credits_text
from examples.demo_album.exif import MAKE, exif_block, replace_exif
from examples.demo_album.plan import Album, Chapter, Item, Source, load_album
from examples.demo_album.sources import fetch_source, read_originals
from inference_core.models.errors import ModelError, UnreadableWeights, WrongHash

FAR_KM = 60.0


@pytest.fixture(scope="module")
def album() -> Album:
    return load_album()


def chapters(album: Album, kind: str) -> list[Chapter]:
    return [chapter for chapter in album.chapters if chapter.kind == kind]


def km_from_home(album: Album, item: Item) -> float:
    assert item.at is not None
    latitude, longitude = map(math.radians, item.at)
    home = math.radians(album.home.latitude), math.radians(album.home.longitude)
    cosine = math.sin(latitude) * math.sin(home[0])
    cosine += math.cos(latitude) * math.cos(home[0]) * math.cos(longitude - home[1])
    return 6371 * math.acos(min(1.0, cosine))


def test_at_least_forty_photos_are_different(album: Album) -> None:
    originals = Counter(item.sha256 for item in album.different_photos())
    assert len(originals) >= 40
    assert set(originals.values()) == {1}


def test_an_extra_repeats_a_photo_of_its_own_chapter_or_is_another_print(album: Album) -> None:
    for chapter in album.chapters:
        own = {item.sha256 for item in chapter.media if not item.extra}
        prints = [item.member for item in chapter.media if item.extra and item.sha256 not in own]
        assert prints in ([], ["mvtbdata/images/building2-1.png"])


def test_items_are_in_the_order_of_their_dates_and_over_before_today(album: Album) -> None:
    taken = [item.taken for _, item in album.entries()]
    assert all(earlier < later for earlier, later in pairwise(taken))
    assert taken[-1].date() < album.today
    assert timedelta(days=700) < taken[-1] - taken[0] < timedelta(days=800)


def test_file_names_are_unique_and_packages_are_all_used(album: Album) -> None:
    names = [item.file_name for _, item in album.entries()]
    assert len(names) == len(set(names))
    assert {item.package for _, item in album.entries()} == set(album.packages)


def test_two_trips_of_several_days_lead_far_from_home(album: Album) -> None:
    trips = chapters(album, "trip")
    assert len(trips) == 2
    for trip in trips:
        assert len({item.taken.date() for item in trip.media}) >= 2
        assert sum(item.kind == "photo" and not item.extra for item in trip.media) >= 5
        assert all(km_from_home(album, item) > FAR_KM for item in trip.media)


def test_everything_else_is_near_home_on_many_days(album: Album) -> None:
    near = [i for c, i in album.entries() if c.kind != "trip" and i.at is not None]
    assert all(km_from_home(album, item) < FAR_KM for item in near)
    assert len({item.taken.date() for item in near}) >= 20


def test_the_birthday_is_kept_in_two_years_and_comes_up_again(album: Album) -> None:
    birthday = album.person.birthday
    kept = [
        {(item.taken.month, item.taken.day) for item in chapter.media}
        for chapter in chapters(album, "birthday")
    ]
    assert kept == [{(birthday.month, birthday.day)}] * 2
    assert timedelta(0) < birthday.replace(year=album.today.year) - album.today <= timedelta(days=7)


def test_the_person_is_shown_on_each_birthday_inside_the_photo(album: Album) -> None:
    by_name = {item.file_name: chapter for chapter, item in album.entries()}
    shown = [by_name[face.file].id for face in album.person.faces]
    assert sorted(shown) == [chapter.id for chapter in chapters(album, "birthday")]


def test_this_day_has_photos_in_both_earlier_years(album: Album) -> None:
    today = album.today
    on_this_day = {
        item.taken.year
        for item in album.different_photos()
        if (item.taken.month, item.taken.day) == (today.month, today.day)
    }
    assert on_this_day == {today.year - 1, today.year - 2}


def test_the_last_weekend_and_the_last_month_have_enough_for_a_recap(album: Album) -> None:
    days = [item.taken.date() for item in album.different_photos()]
    weekend = {album.today - timedelta(days=n) for n in (1, 2, 3)}
    assert sum(day in weekend for day in days) >= 5
    assert sum((day.year, day.month) == (2025, 4) for day in days) >= 5
    assert album.today == date(2025, 5, 5)


def test_the_credits_name_every_file_and_say_that_dates_were_assigned(album: Album) -> None:
    text = credits_text(album)
    assert STATEMENT in text
    assert all(item.file_name in text for _, item in album.entries())


@dataclass
class Told:
    """What a photo says of itself."""

    taken: datetime
    at: tuple[float, float] | None
    make: str


def read_photo(data: bytes) -> Told:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        exif = image.getexif()
    details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    taken = f"{details[Base.DateTimeOriginal]}{details[Base.OffsetTimeOriginal]}"
    at = (
        decimal(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef]),
        decimal(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef]),
    )
    return Told(datetime.strptime(taken, "%Y:%m:%d %H:%M:%S%z"), at, exif[Base.Make])


def decimal(parts: tuple[float, float, float], reference: str) -> float:
    degrees = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    return -degrees if reference in "SW" else degrees


def jpeg(**options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("at", [(47.2654, 11.3927), (63.402, -19.129), (-33.8568, 151.2153)])
def test_exif_is_put_in_without_touching_the_picture(at: tuple[float, float]) -> None:
    before = jpeg(exif=exif_block(datetime(1980, 1, 1, tzinfo=UTC), None, "Old", 6))
    taken = datetime(2024, 5, 3, 10, 15, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    after = replace_exif(before, exif_block(taken, at, "Pocket"))
    told = read_photo(after)
    assert (told.taken, told.taken.utcoffset(), told.make) == (taken, taken.utcoffset(), MAKE)
    assert told.at == pytest.approx(at, abs=1e-5)
    assert after.count(b"Exif\x00\x00") == 1
    assert after[after.index(b"\xff\xdb") :] == before[before.index(b"\xff\xdb") :]


@pytest.mark.parametrize("broken", [b"", b"\x89PNG", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_is_no_whole_jpeg_takes_no_exif(broken: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        replace_exif(broken, exif_block(datetime(2024, 5, 3, tzinfo=UTC), None, "Pocket"))


def test_a_member_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    source = Source("pypi", "photos", "1.0", "0" * 64, "MIT", "somebody")
    wheel = tmp_path / "photos.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("one.jpg", b"one")
    with pytest.raises(WrongHash, match=r"one\.jpg of photos 1\.0"):
        list(read_originals(wheel, {"one.jpg": "0" * 64}, source))
    with pytest.raises(UnreadableWeights, match=r"has no file two\.jpg"):
        list(read_originals(wheel, {"two.jpg": "0" * 64}, source))


def test_a_damaged_archive_is_one_clear_sentence(tmp_path: Path) -> None:
    source = Source("npm", "photos", "1.0", "0" * 64, "MIT", "somebody")
    damaged = tmp_path / "photos.tgz"
    damaged.write_bytes(b"\x1f\x8b\x08 not really")
    with pytest.raises(UnreadableWeights, match=r"The archive of photos 1\.0 cannot be read"):
        list(read_originals(damaged, {"one.jpg": "0" * 64}, source))


def test_no_network_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    source = Source("pypi", "storyroll-photos", "1.0", "0" * 64, "MIT", "somebody")
    with pytest.raises(ModelError, match="could not be fetched"):
        fetch_source("photos", source, tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembled album; without the packages there is nothing to look at."""
    out = tmp_path_factory.mktemp("album")
    try:
        assemble(out, print)
    except ModelError as error:
        if "could not be fetched" in str(error):
            pytest.skip(str(error))
        raise
    return out


@pytest.mark.slow
def test_every_photo_tells_its_time_and_place(album: Album, folder: Path) -> None:
    for _, item in album.entries():
        if item.kind == "photo":
            told = read_photo((folder / item.file_name).read_bytes())
            assert (told.taken, told.taken.utcoffset()) == (item.taken, item.taken.utcoffset())
            assert told.at == pytest.approx(item.at, abs=1e-5)


@pytest.mark.slow
def test_every_video_tells_its_time_and_place_and_plays(album: Album, folder: Path) -> None:
    videos = [item for _, item in album.entries() if item.kind == "video"]
    assert videos
    for item in videos:
        assert item.at is not None
        with av.open(str(folder / item.file_name)) as video:
            assert datetime.fromisoformat(video.metadata["creation_time"]) == item.taken
            assert video.metadata["location"].startswith(f"{item.at[0]:+08.4f}")
            assert sum(1 for _ in video.decode(video=0)) > 100


@pytest.mark.slow
def test_an_album_that_is_whole_is_left_alone_and_a_missing_file_comes_back(folder: Path) -> None:
    told: list[str] = []
    assemble(folder, told.append)
    assert told == [f"The album in {folder} is up to date."]
    lost = folder / "IMG_20240505_104833.jpg"
    before = lost.read_bytes()
    lost.unlink()
    assemble(folder, told.append)
    assert lost.read_bytes() == before
