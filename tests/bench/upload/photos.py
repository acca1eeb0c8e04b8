"""Photos to upload: as large as a phone's, no two alike, and nothing in them that could be compressed."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

from PIL import Image

PHOTO_BYTES = 4_000_000


def write_photos(folder: Path, count: int, size: int = PHOTO_BYTES, *, located: bool = False) -> list[Path]:
    """Write photos that a camera might have written an hour ago; `located` gives them coordinates."""
    folder.mkdir(parents=True)
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    if located:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 41.0, 29.0), 3: "W", 4: (9.0, 12.0, 57.0)})
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "JPEG", exif=exif)
    head, an_hour_ago = buffer.getvalue(), time.time() - 3600
    paths = [folder / f"IMG_{number:05}.jpg" for number in range(count)]
    for path in paths:
        path.write_bytes(head + os.urandom(size - len(head)))
        os.utime(path, (an_hour_ago, an_hour_ago))
    return paths
