"""Keyframes come out upright and in order; what is no video gets a reason."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess import Letterbox, Orientation, OutputSpec, Stretch, pack
from inference_core.video import keyframes

WIDE = OutputSpec(320, 240, Stretch())


def film(seconds: int = 6, width: int = 320, height: int = 240, step: int = 1) -> bytes:
    """A film that grows brighter every second, a keyframe a second; `step` seconds between frames."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(5, step))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 5
        for index in range(seconds * 5):
            picture = np.full((height, width, 3), 20 + 30 * (index // 5), np.uint8)
            picture[: height // 2, : width // 2, 0] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def turned(data: bytes, degrees: int) -> bytes:
    """Write a rotation into the matrix of the track header, as phones do."""
    start = data.index(b"tkhd") + 4 + 40
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    one = 1 << 16
    matrix = [cos * one, sin * one, 0, -sin * one, cos * one, 0, 0, 0, 1 << 30]
    packed = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    return data[:start] + packed + data[start + 36 :]


def test_frames_are_spread_and_in_order():
    video = keyframes(film(), [WIDE], most=3)
    assert video.duration == pytest.approx(6, abs=0.3)
    assert video.size == video.upright_size == (320, 240)
    assert video.times == (1.0, 3.0, 5.0)
    levels = [int(frame.pixels[200, 200, 1]) for frame in video.frames]
    np.testing.assert_allclose(levels, [50, 110, 170], atol=8)


def test_a_short_video_gives_what_it_has():
    assert keyframes(film(seconds=1), [WIDE], most=8).times == (0.0,)


@pytest.mark.parametrize(
    ("degrees", "orientation", "size", "corner"),
    [
        (90, Orientation.ROTATE_90_CW, (240, 320), (10, 230)),
        (180, Orientation.ROTATE_180, (320, 240), (230, 310)),
        (270, Orientation.ROTATE_90_CCW, (240, 320), (310, 10)),
    ],
)
def test_rotation_is_applied(degrees, orientation, size, corner):
    video = keyframes(turned(film(seconds=1), degrees), [WIDE])
    assert video.orientation == orientation
    assert video.upright_size == size
    (tensor,) = pack(video.frames[0], [OutputSpec(*size, Letterbox())]).tensors
    assert tensor[0][corner] > 200
    assert tensor[0][size[1] - 1 - corner[0], size[0] - 1 - corner[1]] < 60


def test_frames_are_shrunk_to_what_is_needed():
    video = keyframes(film(seconds=1, width=1280, height=960), [WIDE])
    assert video.frames[0].shrink == 2
    assert video.frames[0].pixels.shape == (480, 640, 3)


def test_a_file_is_read_like_bytes(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(film(seconds=2))
    assert len(keyframes(path, [WIDE]).frames) == 2


def test_longer_than_four_hours_is_refused_from_the_header():
    with pytest.raises(ImageTooLarge, match="4 hours"):
        keyframes(film(seconds=5, step=3600), [WIDE])


@pytest.mark.parametrize(
    "data", [b"", b"hello", film(seconds=1)[:300], b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n"]
)
def test_what_is_no_video_gets_a_reason(data):
    with pytest.raises(UnreadableImage, match=r"corrupt|no video|no frame"):
        keyframes(data, [WIDE])


def test_sound_alone_is_no_video():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(UnreadableImage, match="no video track"):
        keyframes(file.getvalue(), [WIDE])
