"""Which assets may be shown in a story at all."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from services.domain.consent import Scope
from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import MediaKind

SENSITIVE = 0.327
"""From this probability on a picture counts as sensitive: the operating point of the open_nsfw model."""
PAPERWORK = frozenset({"document", "documents", "screenshot", "receipt", "text"})
"""Themes of pictures that were taken to remember a text, not a moment."""


def eligible(
    assets: Sequence[LibraryAsset], library: Library, readable: Container[AssetId]
) -> NDArray[np.bool_]:
    """Mark the assets that may be shown; bool[n].

    Left out: the unreadable, screenshots and documents, the sensitive, near-duplicates of a better picture,
    the video half of a Live Photo, hidden days, and every picture that a hidden person is in.

    Args:
        assets: Those to judge, a part of the library or all.
        library: The consent and the wishes to judge by.
        readable: The readable assets of the whole library.
    """
    shown = np.array([a.readable and not a.screenshot for a in assets], dtype=np.bool_)
    _leave_out_copies(shown, assets, readable)
    if Scope.CONTENT in library.scopes:
        shown &= np.array([_presentable(a) for a in assets], dtype=np.bool_)
    if library.hidden_days:
        shown &= np.fromiter((a.day not in library.hidden_days for a in assets), np.bool_, len(assets))
    hidden = {id_ for id_, person in library.people.items() if person.hidden}
    if hidden and Scope.FACES in library.scopes:
        shown &= np.fromiter((hidden.isdisjoint(a.people) for a in assets), np.bool_, len(assets))
    return shown


def _presentable(asset: LibraryAsset) -> bool:
    paperwork = bool(asset.themes) and asset.themes[0][0] in PAPERWORK
    return asset.sensitive < SENSITIVE and not paperwork


def _leave_out_copies(
    shown: NDArray[np.bool_], assets: Sequence[LibraryAsset], readable: Container[AssetId]
) -> None:
    """Unmark an asset where a readable better one stands for it."""
    for i, asset in enumerate(assets):
        if asset.duplicate_of or asset.pair:
            is_copy = asset.duplicate_of in readable
            is_live_video = asset.kind is MediaKind.VIDEO and asset.pair in readable
            shown[i] &= not (is_copy or is_live_video)
