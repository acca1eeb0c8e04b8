"""Turns an original into a video of the album: remuxed into MP4 with a time and a place, not encoded anew."""

import io
from datetime import UTC, datetime

import av

from examples.demo_album.plan import Item


def write_video(original: bytes, item: Item) -> bytes:
    """Returns the video as an MP4 file, its compressed frames as they were.

    Args:
        original: A file whose codec MP4 can carry; only its first video stream is taken.
        item: What the plan says of it.
    """
    file = io.BytesIO()
    with av.open(io.BytesIO(original), "r") as source, av.open(file, "w", format="mp4") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        target.metadata.update(_metadata(item.taken, item.at))
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    return file.getvalue()


def _metadata(taken: datetime, at: tuple[float, float] | None) -> dict[str, str]:
    """The tags that cameras write; the place is an ISO 6709 point."""
    tags = {"creation_time": f"{taken.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z"}
    if at is not None:
        tags["location"] = f"{at[0]:+08.4f}{at[1]:+09.4f}/"
    return tags
