"""A few frames that stand for a video: keyframes spread over it.

Runs in a worker process: demuxers and video codecs meet the strangest files of all.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.scale import MAX_PIXELS, choose_shrink
from inference_core.preprocess.spec import Orientation, OutputSpec, Size

MAX_DURATION = 4 * 3600.0
"""Seconds; refused from the header beyond this."""

_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"
"""Of what FFmpeg reads; playlists, which name other files and hosts, are not among them."""

_TURNS = {
    -90: Orientation.ROTATE_90_CW,
    90: Orientation.ROTATE_90_CCW,
    180: Orientation.ROTATE_180,
    -180: Orientation.ROTATE_180,
}


@dataclass(frozen=True, slots=True)
class Video:
    """What is known of a video.

    Attributes:
        duration: Seconds; 0 where the container does not tell.
        size: Stored (width, height).
        orientation: What makes the frames upright.
        frames: At least one, by time.
        times: Seconds from the start, one for each frame.
    """

    duration: float
    size: Size
    orientation: Orientation
    frames: tuple[Raster, ...]
    times: tuple[float, ...]

    @property
    def upright_size(self) -> Size:
        """(width, height) as people see the video."""
        return self.orientation.swap(self.size)


def keyframes(source: bytes | Path, specs: Sequence[OutputSpec], most: int = 8) -> Video:
    """Decode up to `most` keyframes spread evenly over a video.

    Args:
        source: The file, or its bytes.
        specs: The outputs that will be made of every frame; they decide how far frames are shrunk.
        most: Fewer come where the video has fewer keyframes.

    Raises:
        ImageTooLarge: The header declares more than `MAX_PIXELS` or more than `MAX_DURATION`.
        UnreadableImage: No video that is read, truncated or corrupt.
    """
    with _reasons(), _opened(source) as file:
        options = {"format_whitelist": _CONTAINERS}
        with av.open(file, "r", container_options=options, metadata_errors="replace") as container:
            stream = _stream(container)
            duration = _duration(container, stream)
            _check(stream, duration)
            found = dict(_decoded(container, stream, duration, most))
    if not found:
        raise UnreadableImage("the video has no frame that can be decoded")
    return _video(found, duration, specs)


def _video(found: dict[float, av.VideoFrame], duration: float, specs: Sequence[OutputSpec]) -> Video:
    times = tuple(sorted(found))
    first = found[times[0]]
    turn = _TURNS.get(first.rotation, Orientation.NORMAL)
    frames = tuple(_raster(found[time], turn, specs) for time in times)
    return Video(duration, (first.width, first.height), turn, frames, times)


def _raster(frame: av.VideoFrame, turn: Orientation, specs: Sequence[OutputSpec]) -> Raster:
    size = (frame.width, frame.height)
    shrink = choose_shrink(turn.swap(size), specs)
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    return Raster(np.asarray(image.reduce(shrink) if shrink > 1 else image), turn, size, shrink)


def _decoded(
    container: InputContainer, stream: VideoStream, duration: float, most: int
) -> Iterator[tuple[float, av.VideoFrame]]:
    """Yield (seconds, frame); several positions may lead to the same keyframe."""
    stream.codec_context.skip_frame = "NONKEY"
    if not duration:
        for frame, _ in zip(container.decode(stream), range(most), strict=False):
            yield float(frame.time or 0.0), frame
        return
    for index in range(most):
        position = duration * (index + 0.5) / most
        container.seek(round(position * av.time_base), backward=True)
        for frame in container.decode(stream):
            yield float(frame.time or 0.0), frame
            break


def _stream(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise UnreadableImage("the file has no video track")
    return container.streams.video[0]


def _duration(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _check(stream: VideoStream, duration: float) -> None:
    if duration > MAX_DURATION:
        raise ImageTooLarge(f"longer than {MAX_DURATION / 3600:g} hours")
    if stream.width * stream.height > MAX_PIXELS:
        raise ImageTooLarge(f"more than {MAX_PIXELS // 1_000_000} megapixels")


@contextmanager
def _opened(source: bytes | Path) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        yield file


@contextmanager
def _reasons() -> Iterator[None]:
    try:
        yield
    except UnreadableImage:
        raise
    except MemoryError as error:
        raise UnreadableImage("decoding this video needs too much memory") from error
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise UnreadableImage("the video data is truncated or corrupt") from error
