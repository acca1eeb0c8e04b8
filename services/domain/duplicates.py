"""Pictures that belong together: near-duplicates, bursts and the halves of Live Photos.

A newly described asset is compared with its neighbours in time. The links found do not depend on the
order in which a set of assets arrives, as long as they are each other's neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.facets import Content, Description, Original
from services.domain.identity import AssetId, stable_id
from services.domain.media import Camera, CaptureTimeSource, MediaKind
from services.domain.records import Record

WINDOW = timedelta(hours=12)
"""How far apart copies of one picture may be dated: messengers keep only the day."""
COPY_BITS = 4
"""Of 64 hash bits that may differ between copies of one picture, whenever they are dated."""
MOMENT = timedelta(seconds=60)
MOMENT_BITS = 8
"""Of 64 hash bits that may differ between two pictures of one motif within a moment."""
BURST_GAP = timedelta(seconds=2)
BURST_BITS = 24
"""Unrelated pictures differ in 32 bits on average, seldom in fewer than 20."""
PAIR_GAP = timedelta(seconds=3)

_CLOCKS = frozenset(
    {
        CaptureTimeSource.EXIF_OFFSET,
        CaptureTimeSource.EXIF_PLACE,
        CaptureTimeSource.EXIF,
        CaptureTimeSource.GPS,
    }
)
"""Sources that are good to the second."""


@dataclass(frozen=True)
class Shot:
    """What linking needs to know of one asset."""

    id: AssetId
    kind: MediaKind
    at: datetime
    source: CaptureTimeSource
    stem: str
    """The file name without its extension, lower case."""
    camera: Camera = Camera()
    pixels: int = 0
    quality: float = 0.0
    perceptual_hash: int | None = None
    content_id: str = ""
    duplicate_of: AssetId | None = None
    burst: str = ""
    pair: AssetId | None = None

    @staticmethod
    def of(asset: AssetId, original: Original, description: Description, quality: float = 0.0) -> Shot:
        """Take what is needed from the facets of an asset."""
        return Shot(
            id=asset,
            kind=original.kind,
            at=description.capture_time,
            source=description.capture_time_source,
            stem=original.filename.rpartition(".")[0].lower(),
            camera=description.camera,
            pixels=description.width * description.height,
            quality=quality,
            perceptual_hash=description.perceptual_hash,
            content_id=description.content_id,
            duplicate_of=description.duplicate_of,
            burst=description.burst,
            pair=description.pair,
        )

    @staticmethod
    def from_record(record: Record) -> Shot | None:
        """Read a record of kind ASSET; None while it is not described, or is unreadable."""
        original, description = record.get(Original), record.get(Description)
        if original is None or description is None or not description.readable:
            return None
        content = record.get(Content)
        return Shot.of(AssetId(record.id), original, description, content.quality if content else 0.0)


def link(new: Shot, neighbours: Iterable[Shot]) -> Mapping[AssetId, Shot]:
    """Return the shots whose links change, the new one always among them."""
    others = {shot.id: shot for shot in neighbours if shot.id != new.id}
    before = {new.id: new, **others}
    after = dict(before)
    for relate in (_duplicates, _burst, _pair):
        after.update(relate(after[new.id], [after[id_] for id_ in others]))
    return {id_: shot for id_, shot in after.items() if id_ == new.id or shot != before[id_]}


def near_duplicates(a: Shot, b: Shot) -> bool:
    """Tell whether two pictures show so nearly the same that one of them is enough."""
    if a.kind is not b.kind:
        return False
    apart = abs(a.at - b.at)
    bits = MOMENT_BITS if apart <= MOMENT else COPY_BITS
    return apart <= WINDOW and _distance(a, b) <= bits


def _duplicates(new: Shot, others: Sequence[Shot]) -> Iterator[tuple[AssetId, Shot]]:
    """Let all that resemble the new shot, and all that these stood for, follow the best of them."""
    alike = {shot.id for shot in others if near_duplicates(new, shot)}
    alike |= {shot.duplicate_of for shot in others if shot.id in alike and shot.duplicate_of}
    group = [new, *(s for s in others if s.id in alike or s.duplicate_of in alike)]
    best = max(group, key=lambda s: (s.pixels, s.quality, -s.at.timestamp(), s.id))
    for shot in group:
        yield shot.id, replace(shot, duplicate_of=None if shot is best else best.id)


def _burst(new: Shot, others: Sequence[Shot]) -> Iterator[tuple[AssetId, Shot]]:
    """Join the new shot and the bursts that it touches into one."""
    touched = [shot for shot in others if _in_burst(new, shot)]
    if not touched:
        return
    names = {shot.burst for shot in touched if shot.burst}
    members = [new, *touched, *(s for s in others if s.burst in names and s not in touched)]
    name = min(names, default=stable_id("burst", min(shot.id for shot in members)))
    for shot in members:
        yield shot.id, replace(shot, burst=name)


def _in_burst(a: Shot, b: Shot) -> bool:
    same_camera = a.camera == b.camera and bool(a.camera.model)
    photos = a.kind is b.kind is MediaKind.PHOTO
    timed = a.source in _CLOCKS and b.source in _CLOCKS and abs(a.at - b.at) <= BURST_GAP
    return photos and same_camera and timed and _distance(a, b) <= BURST_BITS


def _pair(new: Shot, others: Sequence[Shot]) -> Iterator[tuple[AssetId, Shot]]:
    """Join a photo and a video that were taken as one."""
    free = [shot for shot in others if shot.pair in (None, new.id) and _is_pair(new, shot)]
    if not free:
        return
    half = min(free, key=lambda shot: (abs(shot.at - new.at), shot.id))
    yield new.id, replace(new, pair=half.id)
    yield half.id, replace(half, pair=new.id)


def _is_pair(a: Shot, b: Shot) -> bool:
    if a.kind is b.kind:
        return False
    if a.content_id or b.content_id:
        return a.content_id == b.content_id
    return bool(a.stem) and a.stem == b.stem and abs(a.at - b.at) <= PAIR_GAP


def _distance(a: Shot, b: Shot) -> int:
    """Return how many hash bits differ; more than any limit where one is unknown."""
    if a.perceptual_hash is None or b.perceptual_hash is None:
        return 65
    return (a.perceptual_hash ^ b.perceptual_hash).bit_count()
