"""Reads videos: their upright size, one frame, or a stretch at a steady frame rate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import av
from PIL import Image

from services.domain.errors import UnreadableMedia

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

    from services.rendering.formats import Size
    from services.rendering.pictures import Picture

QUARTERS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
_STILL_AT = 1 / 3
"""Where in a video its still is taken: past the first wobble, before the camera is put away."""


def clip_size(picture: Picture) -> Size:
    """Return width and height as the video is watched; raise UnreadableMedia."""
    return still_frame(picture, at=0.0).size


def clip_duration(picture: Picture) -> float:
    """Return the seconds that the container promises, 0 where it does not say; raise UnreadableMedia."""
    with _opened(picture) as container:
        return _duration(container)


def still_frame(picture: Picture, at: float = _STILL_AT) -> Image.Image:
    """Return the keyframe at or before a fraction of the duration, upright, RGB; raise UnreadableMedia."""
    with _opened(picture) as container:
        if at:
            container.seek(int(_duration(container) * at * av.time_base))
        return upright(next(container.decode(video=0)))


def frames_at_rate(picture: Picture, start: float, count: int, rate: int) -> Iterator[VideoFrame]:
    """Yield up to `count` frames as they are on screen at `rate` a second from `start` seconds on.

    Frames repeat or are skipped as the video's own rate asks. A video that ends or breaks early yields fewer.

    Raises:
        UnreadableMedia: not a single frame can be read.
    """
    with _opened(picture) as container:
        stream = container.streams.video[0]
        container.seek(int(start * av.time_base))
        origin = float((stream.start_time or 0) * (stream.time_base or 0))
        shown, last = 0, None
        try:
            for frame in container.decode(stream):
                due = (frame.time or 0.0) - origin - start
                while last is not None and shown < count and shown / rate < due:
                    yield last
                    shown += 1
                if shown >= count:
                    return
                last = frame
        except av.FFmpegError:
            if last is None:
                raise
        if last is not None and shown < count:
            yield last


def upright(frame: VideoFrame) -> Image.Image:
    """Return a frame as RGB, turned the way that the camera was held."""
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    turn = QUARTERS.get(frame.rotation % 360)
    return image.transpose(turn) if turn is not None else image


@contextmanager
def _opened(picture: Picture) -> Iterator[InputContainer]:
    """Open a video; whatever goes wrong with it inside becomes UnreadableMedia."""
    try:
        with picture.open() as stream, av.open(stream, mode="r") as container:
            if not container.streams.video:
                raise UnreadableMedia("the file has no video track")
            yield container
    except UnreadableMedia:
        raise
    except StopIteration:
        raise UnreadableMedia("the video has no frame that can be decoded") from None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableMedia(f"the video cannot be decoded: {error}") from error


def _duration(container: InputContainer) -> float:
    return (container.duration or 0) / av.time_base
