"""Writes frames as an MP4 that every browser and phone plays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from services.rendering.formats import Size
from services.rendering.video.pace import RATE
from services.rendering.video.planes import Planes

_OPTIONS = {
    "preset": "veryfast",
    "crf": "22",
    "profile": "high",
    # A key frame every two seconds: seeking in a player lands at once.
    "x264-params": f"keyint={2 * RATE}:colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
}


def encode(frames: Iterable[Planes], out: Path, size: Size, threads: int = 2) -> int:
    """Write an MP4: H.264 High, yuv420p, BT.709, 30 frames a second, its index in front (faststart).

    Args:
        frames: of that size; consumed one at a time.
        out: the file to write.
        size: width and height in even pixels.
        threads: of the encoder; the same number gives the same bytes.

    Returns:
        How many frames were written.
    """
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options=_OPTIONS)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.thread_count = threads
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        count = 0
        for planes in frames:
            frame = planes.frame()
            frame.pts = count
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count
