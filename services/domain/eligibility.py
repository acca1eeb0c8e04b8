"""Which assets may be shown in a story at all."""

from __future__ import annotations

from collections.abc import Sequence

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


def eligible(assets: Sequence[LibraryAsset], library: Library) -> NDArray[np.bool_]:
    """Mark the assets that may be shown; bool[n].

    Left out: the unreadable, screenshots and documents, the sensitive, near-duplicates of a better picture,
    the video half of a Live Photo, hidden days, and every picture that a hidden person is in.
    """
    shown = np.fromiter((a.readable and not a.screenshot for a in assets), np.bool_, len(assets))
    _leave_out_copies(shown, assets)
    if Scope.CONTENT in library.scopes:
        shown &= np.fromiter((_presentable(a) for a in assets), np.bool_, len(assets))
    if library.hidden_days:
        shown &= np.fromiter((a.day not in library.hidden_days for a in assets), np.bool_, len(assets))
    hidden = {id_ for id_, person in library.people.items() if person.hidden}
    if hidden and Scope.FACES in library.scopes:
        shown &= np.fromiter((hidden.isdisjoint(a.people) for a in assets), np.bool_, len(assets))
    return shown


def _presentable(asset: LibraryAsset) -> bool:
    paperwork = bool(asset.themes) and asset.themes[0][0] in PAPERWORK
    return asset.sensitive < SENSITIVE and not paperwork


def _leave_out_copies(shown: NDArray[np.bool_], assets: Sequence[LibraryAsset]) -> None:
    """Unmark an asset where a readable better one stands for it."""
    copies = [(i, a) for i, a in enumerate(assets) if a.duplicate_of or a.pair]
    if not copies:
        return
    readable: frozenset[AssetId] = frozenset(a.id for a in assets if a.readable)
    for i, asset in copies:
        is_copy = asset.duplicate_of in readable
        is_live_video = asset.kind is MediaKind.VIDEO and asset.pair in readable
        if is_copy or is_live_video:
            shown[i] = False
