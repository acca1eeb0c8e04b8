"""What a video file says of its making."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.adapters.media_files.coordinate_text import parse_iso6709
from services.adapters.media_files.perceptual_hash import SIDE, dct_hash, upright
from services.adapters.media_files.recorded_time import parse_time
from services.adapters.media_files.xmp import Xmp
from services.domain.capture import MediaFacts
from services.domain.errors import UnreadableMedia
from services.domain.media import Camera, Coordinates
from services.domain.media_types import MAX_DURATION, MAX_PIXELS

_APPLE = "com.apple.quicktime."
_TIME_KEYS = (_APPLE + "creationdate", "creation_time", "date")
"""Apple's has the local offset; the container's own field is UTC."""
_PLACE_KEYS = (_APPLE + "location.ISO6709", "location", "location-eng")
_ORIENTATION_OF_ROTATION = {0: 1, -90: 6, 270: 6, 90: 8, -270: 8, 180: 3, -180: 3}
"""EXIF orientation for degrees counter-clockwise."""
_PACKETS_TRIED = 200
"""Packets without a picture after which a video counts as unreadable."""
_MICROSECONDS = 1_000_000


def video_facts(path: Path, *, location: bool) -> MediaFacts:
    """Read a video's facts, coordinates only if `location`; raise UnreadableMedia with the reason.

    Decodes the first picture: it tells the rotation, and that there is one.
    """
    try:
        with av.open(str(path), options={"export_xmp": "1"}) as container:
            return _read(container, location=location)
    except (av.error.FFmpegError, OverflowError, ValueError) as error:
        raise UnreadableMedia("the video is damaged or of a kind that we cannot read") from error


def _read(container: InputContainer, *, location: bool) -> MediaFacts:
    if not container.streams.video:
        raise UnreadableMedia("the file has no picture track")
    stream = container.streams.video[0]
    if stream.codec_context is None:  # a codec that FFmpeg does not know
        raise UnreadableMedia("the video is damaged or of a kind that we cannot read")
    duration = max(0.0, (container.duration or 0) / _MICROSECONDS)
    if duration > MAX_DURATION:
        raise UnreadableMedia("the video is longer than four hours")
    if stream.width * stream.height > MAX_PIXELS:
        raise UnreadableMedia("the video declares more pixels than we decode")
    tags = {key: value for key, value in container.metadata.items() if isinstance(value, str)}
    xmp = Xmp(tags.get("xmp", "").encode("utf-8", "surrogatepass"))
    facts = _with_picture(MediaFacts(duration=duration), _first_picture(container, stream))
    original = xmp.original_time
    return replace(
        facts,
        camera=Camera(_first(tags, _APPLE + "make", "make"), _first(tags, _APPLE + "model", "model")),
        software=_first(tags, _APPLE + "software", "encoder"),
        local_time=original.local if original else None,
        utc_offset=original.offset if original else None,
        container_time=_time(tags),
        coordinates=(_coordinates(tags) or xmp.coordinates) if location else None,
        content_id=_first(tags, _APPLE + "content.identifier"),
    )


def _first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """Decode up to the first picture, stepping over packets that are damaged."""
    stream.thread_type = "NONE"  # one picture is not worth a pool of threads
    for packet in itertools.islice(container.demux(stream), _PACKETS_TRIED):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        if frames:
            return frames[0]
    raise UnreadableMedia("no picture of the video can be decoded")


def _with_picture(facts: MediaFacts, frame: VideoFrame) -> MediaFacts:
    """Add what the first picture shows: upright size, orientation, hash."""
    orientation = _ORIENTATION_OF_ROTATION.get(round(frame.rotation), 1)
    size = (frame.height, frame.width) if orientation in (6, 8) else (frame.width, frame.height)
    gray = frame.reformat(SIDE, SIDE, "gray", interpolation="AREA").to_ndarray()
    hash_ = dct_hash(upright(np.asarray(gray, np.uint8), orientation))
    return replace(facts, width=size[0], height=size[1], orientation=orientation, perceptual_hash=hash_)


def _time(tags: Mapping[str, str]) -> datetime | None:
    found = (parse_time(tags.get(key, "")) for key in _TIME_KEYS)
    return next((time.at for time in found if time is not None), None)


def _coordinates(tags: Mapping[str, str]) -> Coordinates | None:
    found = (parse_iso6709(tags.get(key, "")) for key in _PLACE_KEYS)
    return next((point for point in found if point is not None), None)


def _first(tags: Mapping[str, str], *keys: str) -> str:
    return next((tags[key].strip() for key in keys if tags.get(key)), "")
