"""simplejpeg's scaled decoding, with OpenCV's resize."""

from __future__ import annotations

import cv2
import simplejpeg

from tests.bench.preprocessing.libraries.exif import orientation
from tests.bench.preprocessing.libraries.layout import Decoder, Outputs, outputs
from tests.bench.preprocessing.libraries.opencv import resize
from tests.bench.preprocessing.tasks import Task


def decoder(task: Task) -> Decoder:
    """Return a decoder that asks for at least the shrunk size, by the fast DCT and upsampling."""
    cv2.setNumThreads(0)

    def decode(data: bytes, shrink: int) -> Outputs:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        picture = simplejpeg.decode_jpeg(
            data,
            "RGB",
            fastdct=True,
            fastupsample=True,
            min_height=height // shrink,
            min_width=width // shrink,
            min_factor=1,
        )
        return outputs(picture, orientation(data), task, resize)

    return decode
