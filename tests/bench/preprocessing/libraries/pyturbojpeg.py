"""PyTurboJPEG's scaled decoding, with OpenCV's resize."""

from __future__ import annotations

import cv2
import turbojpeg

from tests.bench.preprocessing.libraries.exif import orientation
from tests.bench.preprocessing.libraries.layout import Decoder, Outputs, outputs
from tests.bench.preprocessing.libraries.opencv import resize
from tests.bench.preprocessing.tasks import Task

_FLAGS = turbojpeg.TJFLAG_FASTDCT | turbojpeg.TJFLAG_FASTUPSAMPLE


def decoder(task: Task) -> Decoder:
    """Return a decoder by the fast DCT and upsampling.

    Raises:
        RuntimeError: The machine has no libturbojpeg.
    """
    cv2.setNumThreads(0)
    library = turbojpeg.TurboJPEG()

    def decode(data: bytes, shrink: int) -> Outputs:
        picture = library.decode(data, turbojpeg.TJPF_RGB, scaling_factor=(1, shrink), flags=_FLAGS)
        return outputs(picture, orientation(data), task, resize)

    return decode
