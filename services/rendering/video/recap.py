"""Recaps: a title card, then every picture in turn, each dissolving into the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from services.domain.errors import UnreadableMedia
from services.domain.stories.story import Story
from services.rendering.formats import LeftOut, Progress, RenderFormat, Rendition, Size
from services.rendering.pictures import Picture
from services.rendering.selection import spread
from services.rendering.video.encoder import encode
from services.rendering.video.overlay import captions_for
from services.rendering.video.pace import RATE, Pace, frames
from services.rendering.video.planes import BLACK, Planes
from services.rendering.video.scenes import Scene, scene_of, title_scene


def render_recap(
    story: Story,
    pictures: Sequence[Picture],
    out: Path,
    target: RenderFormat,
    *,
    progress: Progress,
    pace: Pace = Pace(),
) -> Rendition:
    """Write a recap; see `render`."""
    script = _Script(story, spread(pictures, pace.scenes, story.cover), target.size, pace, progress)
    count = encode(script.frames(), out, target.size)
    progress(1.0)
    shown = tuple(picture.asset_id for picture in script.shown)
    return Rendition(out, target, target.size, shown, tuple(script.left_out), count / RATE)


class _Script:
    """Opens the pictures one after another as the recap reaches them."""

    def __init__(
        self, story: Story, pictures: Sequence[Picture], size: Size, pace: Pace, progress: Progress
    ) -> None:
        self._story, self._pictures, self._size = story, pictures, size
        self._pace, self._progress = pace, progress
        self._random = Random(story.id)  # noqa: S311  (a seed, not a secret)
        self.shown: list[Picture] = []
        self.left_out: list[LeftOut] = []

    def frames(self) -> Iterator[Planes]:
        """Yield every frame of the recap; raise UnreadableMedia if no picture can be read."""
        return dissolved(self._scenes(), frames(self._pace.fade), frames(self._pace.ending))

    def _scenes(self) -> Iterator[Scene]:
        yield self._title()
        captions = captions_for(self._pictures)
        for number, (picture, words) in enumerate(zip(self._pictures, captions, strict=True), 1):
            try:
                scene = scene_of(picture, words, self._size, self._pace, self._random)
            except UnreadableMedia as error:
                self.left_out.append(LeftOut(picture.asset_id, str(error)))
            else:
                self.shown.append(picture)
                yield scene
            # 1 is reported when the file is complete.
            self._progress(number / (len(self._pictures) + 1))

    def _title(self) -> Scene:
        """Return the title card, with the first picture that can be read where the cover cannot."""
        by_preference = sorted(self._pictures, key=lambda picture: picture.asset_id != self._story.cover)
        for picture in by_preference:
            try:
                title, subtitle = str(self._story.title), str(self._story.subtitle)
                return title_scene(picture, title, subtitle, self._size, self._pace)
            except UnreadableMedia:
                continue
        raise UnreadableMedia("none of the pictures of this story can be read")


def dissolved(scenes: Iterable[Scene], fade: int, ending: int) -> Iterator[Planes]:
    """Yield the frames of scenes that overlap by `fade` frames; the last goes dark over `ending` frames.

    At most two scenes are open at a time.
    """
    tail: Iterator[Planes] = iter(())
    left = 0
    for scene in scenes:
        coming = scene.frames()
        for number, old in enumerate(tail, 1):
            yield old.blend(next(coming), _smooth(number / (left + 1)))
        kept = min(fade, scene.length // 2)
        yield from islice(coming, scene.length - left - kept)
        tail, left = coming, kept
    yield from _darkening(tail, left, ending)


def _darkening(tail: Iterator[Planes], left: int, ending: int) -> Iterator[Planes]:
    """Yield the last frames, ever darker, the very last one repeated as long as that takes."""
    dark: Planes | None = None
    frame: Planes | None = None
    for number in range(max(ending, left)):
        frame = next(tail, frame)
        if frame is None:
            return
        dark = dark or Planes.plain(frame.size, BLACK)
        yield frame.blend(dark, _smooth((number + 1) / max(ending, left)))


def _smooth(share: float) -> float:
    return share * share * (3 - 2 * share)
