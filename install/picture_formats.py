"""Try everything that Storyroll asks of the package `PIL`: exits with 1, and a reason, where something fails.

Run: python install/picture_formats.py
"""

from __future__ import annotations

import importlib
import io
import sys

from PIL import Image, ImageCms, ImageFont, features

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000", "AVIF")
_SIZE = (48, 32)


def main() -> int:
    """Write and read each format, convert colours, measure text."""
    if not features.check("avif"):
        importlib.import_module("pillow_avif")
    lacking = [name for name in FORMATS if not _reads_what_it_writes(name)]
    lacking += [name for name in ("raqm",) if not features.check(name)]
    if lacking:
        print(f"it lacks {', '.join(lacking)}")
        return 1
    profile = ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(Image.new("RGB", _SIZE), profile, profile)
    ImageFont.load_default(size=12).getbbox("Zoë")
    return 0


def _reads_what_it_writes(name: str) -> bool:
    file = io.BytesIO()
    options = {"compression": "tiff_lzw"} if name == "TIFF" else {}
    try:
        Image.new("RGB", _SIZE, "teal").save(file, name, **options)
        with Image.open(io.BytesIO(file.getvalue())) as image:
            image.load()
            return image.size == _SIZE
    except (KeyError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
