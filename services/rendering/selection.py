"""Which pictures are shown where there are more than fit."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.identity import AssetId
from services.rendering.pictures import Picture


def spread(pictures: Sequence[Picture], most: int, cover: AssetId) -> list[Picture]:
    """Return at most `most` (≥ 2) pictures, spread evenly over the story, the cover among them."""
    if len(pictures) <= most:
        return list(pictures)
    step = (len(pictures) - 1) / (most - 1)
    picked = {round(i * step) for i in range(most)}
    covers = [i for i, picture in enumerate(pictures) if picture.asset_id == cover]
    if covers and covers[0] not in picked:
        picked.remove(min(picked, key=lambda i: abs(i - covers[0])))
        picked.add(covers[0])
    return [pictures[i] for i in sorted(picked)]
