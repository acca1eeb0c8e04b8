"""The graph writers by the name that the registry calls them by."""

from collections.abc import Mapping

from inference_core.models.graphs import (
    centerface,
    dlib_resnet,
    efficientnet_lite,
    emotion,
    eyelids,
    minilm,
    nanodet,
    open_nsfw,
    ready,
)
from inference_core.models.graphs.family import Writer

FAMILIES: Mapping[str, Writer] = {
    "centerface": centerface.write,
    "dlib_resnet": dlib_resnet.write,
    "efficientnet_lite0": efficientnet_lite.writer(depth=1.0),
    "efficientnet_lite2": efficientnet_lite.writer(depth=1.2),
    "emotion": emotion.write,
    "eyelids": eyelids.write,
    "minilm": minilm.write,
    "nanodet": nanodet.write,
    "open_nsfw": open_nsfw.write,
    "ready": ready.write,
}
