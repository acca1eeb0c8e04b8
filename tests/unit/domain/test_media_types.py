from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.domain import media_types
from services.domain.errors import UnsupportedMediaType
from services.domain.media_types import AVIF, HEIC, JPEG, MP4, PNG, QUICKTIME, SUPPORTED, THREE_GPP


def encoded(format_: str, size: tuple[int, int] = (37, 21)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, format_)
    return file.getvalue()


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = major + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_pictures_are_told_by_their_bytes_and_give_their_size(format_: str) -> None:
    data = encoded(format_)
    type_ = media_types.sniff(data)
    assert type_ is not None
    assert type_.mime == f"image/{format_.lower()}"
    assert media_types.declared_size(data, type_) == (37, 21)


def test_webp_gives_its_size_in_all_three_of_its_forms() -> None:
    for options in ({"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0MM\0*" + bytes(8)}):
        file = io.BytesIO()
        Image.new("RGB", (37, 21)).save(file, "WEBP", **options)
        assert media_types.declared_size(file.getvalue(), media_types.WEBP) == (37, 21)


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (ftyp(b"isom", b"isom", b"mp42"), MP4),
        (ftyp(b"qt  ", b"qt  "), QUICKTIME),
        (bytes(4) + b"moov", QUICKTIME),
        (ftyp(b"3gp5", b"3gp4"), THREE_GPP),
        (ftyp(b"heic", b"mif1"), HEIC),
        (ftyp(b"mif1", b"mif1", b"heic"), HEIC),
        (ftyp(b"mif1", b"mif1", b"avif"), AVIF),
        (b"\x1a\x45\xdf\xa3" + bytes(10) + b"webm", media_types.WEBM),
        (b"\x1a\x45\xdf\xa3" + bytes(10) + b"matroska", media_types.MATROSKA),
        (b"RIFF\0\0\0\0AVI LIST", media_types.AVI),
        ((b"\x47" + bytes(187)) * 2, media_types.MPEG_TS),
        ((bytes(4) + b"\x47" + bytes(187)) * 2, media_types.MPEG_TS),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_containers_are_told_by_their_bytes(head: bytes, type_: media_types.MediaType | None) -> None:
    assert media_types.sniff(head) is type_


def test_a_bomb_is_told_by_its_header() -> None:
    bomb = bytearray(encoded("PNG"))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    width, height = media_types.declared_size(bytes(bomb), PNG) or (0, 0)
    assert width * height > media_types.MAX_PIXELS


def test_names_are_found_in_any_case_and_with_parameters() -> None:
    assert media_types.by_name("Image/JPG; q=1") is JPEG
    assert media_types.by_extension("IMG_1.HEIC") is HEIC
    assert media_types.by_extension("heic") is None
    with pytest.raises(UnsupportedMediaType, match="image/heic"):
        media_types.by_name("image/x-icon")


@settings(deadline=None)
@given(st.sampled_from(SUPPORTED), st.binary(max_size=300))
def test_no_bytes_can_break_the_readers(type_: media_types.MediaType, noise: bytes) -> None:
    media_types.sniff(noise)
    for head in (noise, *(encoded_head + noise for encoded_head in _HEADS)):
        size = media_types.declared_size(head, type_)
        assert size is None or min(size) >= 0


_HEADS = (b"\xff\xd8\xff", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x14ispe")
