from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from inference_core.isolation import IsolatedPool
from services.adapters.media_files.probe import read_facts
from services.adapters.redaction.location import IsolatedLocationStripper, location_patches, strip_location
from services.domain import media_types
from services.domain.media import MediaKind

pillow_heif.register_heif_opener()

GPS = {1: "N", 2: (38.0, 41.0, 30.0), 3: "W", 4: (9.0, 12.0, 0.0), 29: "2024:05:03"}
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' exif:GPSLatitude="38,41.5N" xmp:CreateDate="2024-05-03T10:15:00">'
    b"<exif:GPSLongitude>9,12.0W</exif:GPSLongitude></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def picture(format_: str, xmp: bytes | None = None, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Phone 1"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(GPS)
    exif[ExifTags.IFD.GPSInfo] = 0  # for the TIFF writer, which looks here for directories to write
    if xmp and format_ == "TIFF":
        exif[ExifTags.Base.XMLPacket] = xmp
    elif xmp and format_ == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    elif xmp:
        options["xmp"] = xmp
    grain = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(grain).save(file, format_, exif=exif, **options)
    return file.getvalue()


def box(type_: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4) + type_ + body


def movie() -> bytes:
    iso = b"+38.6917-009.2000/"
    key = b"com.apple.quicktime.location.ISO6709"
    keys = box(b"keys", bytes(4), (2).to_bytes(4), box(b"mdta", b"com.apple.make"), box(b"mdta", key))
    ilst = box(b"ilst", box(b"\0\0\0\1", b"Apple"), box(b"\0\0\0\2", box(b"data", bytes(8), iso)))
    udta = box(b"udta", box(b"\xa9xyz", len(iso).to_bytes(2), b"\x15\xc7", iso), box(b"loci", bytes(6), iso))
    meta = box(b"meta", box(b"hdlr", bytes(24)), keys, ilst)
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", b"frames") + box(b"moov", udta, meta)


def patched(data: bytes) -> bytes:
    result = bytearray(data)
    for offset, blank in location_patches(data):
        assert offset + len(blank) <= len(data)
        result[offset : offset + len(blank)] = blank
    return bytes(result)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("xmp", [None, XMP])
def test_pictures_lose_their_place_and_nothing_else(tmp_path: Path, format_: str, xmp: bytes | None) -> None:
    data = picture(format_, xmp)
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(data)
    after.write_bytes(patched(data))
    assert read_facts(before, MediaKind.PHOTO, True).coordinates is not None
    facts = read_facts(after, MediaKind.PHOTO, True)
    assert facts.coordinates is None
    assert facts.camera.model == "Phone 1"
    assert np.array_equal(Image.open(before), Image.open(after))
    assert b"38,41.5N" not in after.read_bytes()


def test_a_png_keeps_valid_checksums() -> None:
    Image.open(io.BytesIO(patched(picture("PNG")))).verify()


def test_a_compressed_png_profile_goes_as_a_whole() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n  10\n" + "00" * 10, zip=True)
    clean = Image.open(io.BytesIO(patched(picture("PNG", pnginfo=text))))
    clean.load()
    assert "Raw profile type exif" not in clean.info


def test_movies_lose_every_field_of_a_place() -> None:
    data = movie()
    clean = patched(data)
    assert data.count(b"+38.6917") == 3
    assert b"+38.6917" not in clean
    assert b"Apple" in clean
    assert b"frames" in clean
    assert clean.count(b"free") == 3


def test_a_video_behind_a_picture_is_cleaned_too() -> None:
    clean = patched(picture("JPEG") + movie())
    assert b"+38.6917" not in clean
    assert len(clean) == len(picture("JPEG")) + len(movie())


def test_patches_neither_overlap_nor_leave_the_order() -> None:
    patches = location_patches(picture("JPEG", xmp=XMP) + movie())
    ends = [offset + len(blank) for offset, blank in patches]
    assert all(end <= start for end, (start, _) in zip(ends, patches[1:], strict=False))


def test_clean_files_need_no_patch(tmp_path: Path) -> None:
    once = patched(picture("JPEG", xmp=XMP))
    assert patched(once) == once
    (tmp_path / "empty").touch()
    assert strip_location(tmp_path / "empty") == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([picture("JPEG", xmp=XMP), picture("HEIF"), picture("PNG"), picture("TIFF"), movie()]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20),
)
def test_damaged_files_are_searched_without_harm(data: bytes, damage: list[tuple[float, int]]) -> None:
    noisy = bytearray(data)
    for where, value in damage:
        noisy[int(where * (len(noisy) - 1))] = value
    assert len(patched(bytes(noisy))) == len(noisy)


async def test_the_port_searches_in_a_worker(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(picture("JPEG"))
    with IsolatedPool(workers=1) as pool:
        found = await IsolatedLocationStripper(pool).find(tmp_path / "a.jpg")
    assert found == strip_location(tmp_path / "a.jpg") != []


@pytest.mark.data
def test_no_test_photo_keeps_its_place(data_dir: Path, tmp_path: Path) -> None:
    located = 0
    for path in sorted((data_dir / "exif").rglob("*")):
        type_ = media_types.by_extension(path.name) if path.is_file() else None
        facts = read_facts(path, type_.kind, True) if type_ else None
        if type_ is None or facts is None or facts.coordinates is None:
            continue
        located += 1
        clean = tmp_path / f"clean{path.suffix}"
        clean.write_bytes(patched(path.read_bytes()))
        assert read_facts(clean, type_.kind, True).coordinates is None, path
        if type_.kind is MediaKind.PHOTO:
            assert np.array_equal(Image.open(path), Image.open(clean)), path
    assert located > 30
