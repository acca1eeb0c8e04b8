from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps, PngImagePlugin

from services.adapters.media_files.coordinate_text import parse_iso6709, parse_xmp_angle
from services.adapters.media_files.live_photo import content_identifier
from services.adapters.media_files.maker_time import maker_time
from services.adapters.media_files.perceptual_hash import SIDE, dct_hash
from services.adapters.media_files.photo import photo_facts
from services.adapters.media_files.recorded_time import parse_offset, parse_time
from services.adapters.media_files.xmp import Xmp
from services.domain.errors import UnreadableMedia
from services.domain.media import Coordinates

LISBON = {
    1: "N",
    2: (Fraction(38), Fraction(41), Fraction(30)),
    3: "W",
    4: (Fraction(9), Fraction(12), Fraction(0)),
}


def pattern(size: tuple[int, int] = (640, 480), seed: int = 0) -> Image.Image:
    grain = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return Image.fromarray(grain).resize(size, Image.Resampling.BICUBIC)


def saved(path: Path, image: Image.Image, exif: Image.Exif | None = None, **options: object) -> Path:
    image.save(path, exif=Image.Exif() if exif is None else exif, **options)
    return path


def exif_with_thumbnail(jpeg: bytes) -> bytes:
    """An empty first directory, and a second one that tells where the thumbnail behind it is."""
    start = struct.pack("!HHLL", 0x0201, 4, 1, 44)
    length = struct.pack("!HHLL", 0x0202, 4, 1, len(jpeg))
    directories = struct.pack("!HL", 0, 14) + struct.pack("!H", 2) + start + length + bytes(4)
    return b"Exif\0\0MM\0*" + struct.pack("!L", 8) + directories + jpeg


def with_gps(tags: dict[int, object]) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(tags)
    exif[ExifTags.IFD.GPSInfo] = 0  # for the TIFF writer, which looks here for directories to write
    return exif


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_every_format_gives_its_exif(tmp_path: Path, extension: str) -> None:
    exif = with_gps(LISBON)
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Acme\0", "Phone 1  "
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: "2024:05:03 10:15:00", ExifTags.Base.OffsetTimeOriginal: "+01:00"}
    )
    exif[ExifTags.IFD.Exif] = 0
    facts = photo_facts(saved(tmp_path / f"a.{extension}", pattern(), exif), location=True)
    assert (facts.width, facts.height) == (640, 480)
    assert (facts.camera.make, facts.camera.model) == ("Acme", "Phone 1")
    assert facts.local_time == datetime(2024, 5, 3, 10, 15)
    assert facts.utc_offset == timedelta(hours=1)
    assert facts.coordinates is not None
    assert facts.coordinates.latitude == pytest.approx(38 + 41.5 / 60)
    assert facts.coordinates.longitude == pytest.approx(-9.2)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {1: "N", 3: "E"},
        {**LISBON, 1: None},
        {**LISBON, 2: (Fraction(95), Fraction(0), Fraction(0))},
        {1: "N", 2: (Fraction(0),) * 3, 3: "E", 4: (Fraction(0),) * 3},
    ],
)
def test_a_receiver_without_a_fix_is_nowhere(tmp_path: Path, broken: dict[int, object]) -> None:
    tags = {tag: value for tag, value in broken.items() if value is not None}
    assert (
        photo_facts(saved(tmp_path / "a.jpg", pattern(), with_gps(tags)), location=True).coordinates is None
    )


def test_gps_time_is_utc(tmp_path: Path) -> None:
    tags = {7: (Fraction(21), Fraction(15), Fraction(67, 2)), 29: "2022:01:10"}
    facts = photo_facts(saved(tmp_path / "a.jpg", pattern(), with_gps(tags)), location=False)
    assert facts.gps_time == datetime(2022, 1, 10, 21, 15, 33, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_has_the_size_and_the_hash_of_the_upright_one(
    tmp_path: Path, orientation: int
) -> None:
    upright = pattern()
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    undo = turned.get(orientation)
    stored = upright if undo is None else upright.transpose(Image.Transpose(undo))
    path = saved(tmp_path / "a.png", stored, exif)
    assert ImageOps.exif_transpose(Image.open(path)).tobytes() == upright.tobytes()
    facts = photo_facts(path, location=True)
    assert (facts.width, facts.height, facts.orientation) == (640, 480, orientation)
    assert (
        facts.perceptual_hash
        == photo_facts(saved(tmp_path / "b.png", upright), location=True).perceptual_hash
    )


def test_copies_of_a_picture_hash_alike_and_others_do_not(tmp_path: Path) -> None:
    first = photo_facts(saved(tmp_path / "a.jpg", pattern((1600, 1200))), location=True).perceptual_hash
    small = photo_facts(
        saved(tmp_path / "b.webp", pattern((320, 240)), quality=50), location=True
    ).perceptual_hash
    other = photo_facts(saved(tmp_path / "c.jpg", pattern(seed=1)), location=True).perceptual_hash
    assert first is not None
    assert small is not None
    assert other is not None
    assert (first ^ small).bit_count() <= 2
    assert (first ^ other).bit_count() >= 16


def test_a_blank_picture_has_no_hash() -> None:
    assert dct_hash(np.full((SIDE, SIDE), 7, np.uint8)) is None


def test_a_picture_that_is_cut_off_does_not_pass_for_its_thumbnail(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    pattern((160, 120)).save(thumbnail, "JPEG")
    pattern((1600, 1200)).save(tmp_path / "a.jpg", exif=exif_with_thumbnail(thumbnail.getvalue()))
    assert photo_facts(tmp_path / "a.jpg", location=True).perceptual_hash is not None
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableMedia, match="cut off"):
        photo_facts(tmp_path / "b.jpg", location=True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "not a picture"), (b"hello", "not a picture"), (b"\xff\xd8\xff\xe0", "picture")],
)
def test_what_is_no_picture_is_unreadable(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(UnreadableMedia, match=reason):
        photo_facts(tmp_path / "a.jpg", location=True)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", Image.new("1", (8, 8)))
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[16:24] = (60_000).to_bytes(4) * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UnreadableMedia, match="more pixels"):
        photo_facts(tmp_path / "a.png", location=True)


def test_a_png_gives_its_text_time_and_its_xmp_place(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Creation Time", "2024:05:03 10:15:00")
    text.add_itxt(
        "XML:com.adobe.xmp", packet('exif:GPSLatitude="38,41.5N" exif:GPSLongitude="9,12.0W"').decode()
    )
    facts = photo_facts(saved(tmp_path / "a.png", pattern(), pnginfo=text), location=True)
    assert facts.container_time == datetime(2024, 5, 3, 10, 15)
    assert facts.coordinates == Coordinates(38 + 41.5 / 60, -9.2)


def packet(attributes: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
        f"{attributes}><exif:DateTimeOriginal>2023-02-02T02:00:00+03:00</exif:DateTimeOriginal>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def test_xmp_is_read_as_attributes_and_as_elements() -> None:
    xmp = Xmp(packet('GCamera:MotionPhoto="1"'))
    assert xmp.motion_photo
    assert xmp.original_time is not None
    assert xmp.original_time.at.isoformat() == "2023-02-02T02:00:00+03:00"


def test_xmp_with_a_document_type_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "2020-01-01T00:00:00">]>' + packet("").replace(
        b"2023-02-02T02:00:00+03:00", b"&a;"
    )
    assert Xmp(bomb).original_time is None


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_small_parsers(noise: bytes) -> None:
    Xmp(noise)
    Xmp(packet("")[:200] + noise)
    content_identifier(b"Apple iOS\0\0\x01MM" + noise)
    maker_time(b"\x01\xf1" + noise, [b"FLIR\0\x01\0\0FFF\0" + noise])
    text = noise.decode("latin-1")
    parse_time(text)
    parse_offset(text)
    parse_iso6709(text)
    parse_xmp_angle(text)
