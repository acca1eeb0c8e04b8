"""Turns an original into a photo of the album: a JPEG with EXIF, re-encoded only where that is needed."""

import io

from PIL import Image, ImageEnhance, ImageOps
from PIL.ExifTags import Base

from examples.demo_album.exif import exif_block, replace_exif
from examples.demo_album.plan import Item

_QUALITY = 92


def write_photo(original: bytes, item: Item, camera: str) -> bytes:
    """Returns the photo as a JPEG file at its own size.

    A JPEG that is neither cropped nor exposed anew keeps its compressed picture bit for bit.

    Args:
        original: A JPEG or PNG file.
        item: What the plan says of it.
        camera: The camera to name.
    """
    with Image.open(io.BytesIO(original)) as image:
        if image.format == "JPEG" and item.crop is None and item.exposure == 1.0:
            orientation = image.getexif().get(Base.Orientation, 1)
            return replace_exif(original, exif_block(item.taken, item.at, camera, orientation))
        return _encode(_develop(image, item), exif_block(item.taken, item.at, camera))


def _develop(image: Image.Image, item: Item) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    picture = upright if upright.mode in {"L", "RGB"} else upright.convert("RGB")
    if item.crop is not None:
        picture = picture.crop(item.crop)
    if item.exposure != 1.0:
        picture = ImageEnhance.Brightness(picture).enhance(item.exposure)
    return picture


def _encode(picture: Image.Image, exif: bytes) -> bytes:
    file = io.BytesIO()
    profile = picture.info.get("icc_profile")
    picture.save(file, "JPEG", quality=_QUALITY, optimize=True, exif=exif, icc_profile=profile)
    return file.getvalue()
