"""Writes frames as an MP4 that every browser and phone plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from services.rendering.formats import Size
from services.rendering.video.pace import RATE
from services.rendering.video.planes import Planes

_OPTIONS = {
    "preset": "veryfast",
    "crf": "22",
    "profile": "high",
    # A key frame every two seconds: seeking in a player lands at once.
    # Motion here is slow and even: the coarsest sub-pixel search finds it, for a tenth less time.
    "x264-params": f"keyint={2 * RATE}:subme=1:colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
}


def encode(frames: Iterable[Planes], out: Path, size: Size, threads: int = 2) -> int:
    """Write an MP4: H.264 High, yuv420p, BT.709, 30 frames a second, its index in front (faststart).

    Args:
        frames: of that size; each is made, in another thread, while the one before is encoded.
        out: the file to write.
        size: width and height in even pixels.
        threads: of the encoder; the same number gives the same bytes.

    Returns:
        How many frames were written.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = _stream(container, size, threads)
            count = 0
            for planes in _ahead(iter(frames)):
                frame = planes.frame()
                frame.pts = count
                container.mux(stream.encode(frame))
                count += 1
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise OSError(error.errno, f"the recap cannot be written: {error.strerror}", str(out)) from error
    return count


def _stream(container: OutputContainer, size: Size, threads: int) -> VideoStream:
    """Add the video track, its colours labelled as what they are."""
    stream = container.add_stream("libx264", rate=RATE, options=_OPTIONS)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = threads
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def _ahead(frames: Iterator[Planes]) -> Iterator[Planes]:
    """Yield the frames, each made while the one before is used: resampling and encoding free the GIL."""
    with ThreadPoolExecutor(1, "compose") as pool:
        coming = pool.submit(next, frames, None)
        while (planes := coming.result()) is not None:
            coming = pool.submit(next, frames, None)
            yield planes
