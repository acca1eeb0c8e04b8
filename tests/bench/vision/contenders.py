"""Who is measured: the ways from a photo to its analysis, and the bare models as the limit."""

from __future__ import annotations

from enum import StrEnum


class Way(StrEnum):
    """A way to look at a photo."""

    BARE = "bare models"
    """ONNX Runtime on ready tensors: the batches that the analysis asks for, and nothing else."""
    LOCAL = "in process"
    """The whole analysis, models in the same process."""
    SHARED = "Triton, shared memory"
    """The whole analysis, models on a server of our own."""
    TENSORS = "Triton, tensors sent"
    """The same through an engine that may not share memory with the server."""
    PILLOW = "in process, Pillow decodes"
    """The whole analysis as it would be without a decoder of our own: libjpeg-turbo's scaled decode."""
    PEER = "peer"
    """A model server as Immich's: one HTTP request for each image and task, on the same files."""
    PEER_PREVIEWS = "peer, previews"
    """The same on previews of 1440 pixels that were made before."""


CALLERS = (1, 2, 4, 8, 16)
MOST = CALLERS[-1]

CURVES = (Way.BARE, Way.LOCAL, Way.SHARED, Way.TENSORS)
"""Measured with each number of callers, and at half load."""

FULL_ONLY = (Way.PILLOW, Way.PEER, Way.PEER_PREVIEWS)
"""Measured with most callers."""

SCALED = (Way.LOCAL, Way.SHARED)
"""Measured on one core as well."""
