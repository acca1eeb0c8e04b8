"""The still that stands for a recap until it is played."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import av
from PIL import Image

from services.domain.errors import UnreadableMedia

_TITLE_SET_AT = 1.2
"""Seconds: the title has appeared and the card has not begun to dissolve."""


def poster_of(recap: Path, at: float = _TITLE_SET_AT) -> bytes:
    """Return the frame of a video at a time in seconds, or its last one before that, as a JPEG.

    Raises:
        UnreadableMedia: the file is not a video that can be decoded.
    """
    try:
        with av.open(str(recap)) as container:
            shown: av.VideoFrame | None = None
            for frame in container.decode(video=0):
                if shown is not None and (frame.time or 0.0) > at:
                    break
                shown = frame
            if shown is None:
                raise UnreadableMedia("the recap has no frames")
            image = Image.fromarray(shown.to_ndarray(format="rgb24"))
    except av.FFmpegError as error:
        raise UnreadableMedia(f"the recap cannot be decoded: {error}") from error
    jpeg = BytesIO()
    image.save(jpeg, "JPEG", quality=85, progressive=True, optimize=True)
    return jpeg.getvalue()
