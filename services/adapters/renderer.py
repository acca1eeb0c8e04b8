"""Rendering in worker processes: a codec that crashes there costs one rendering, not the service."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from inference_core.errors import IsolatedCrash
from inference_core.isolation import IsolatedPool
from services.domain.errors import UnreadableMedia
from services.domain.stories.story import Story
from services.rendering.formats import RenderFormat, Rendition
from services.rendering.pictures import Picture
from services.rendering.render import render

_LOOK = 0.2
"""Seconds between looks at how far the worker has come."""


class IsolatedRenderer:
    """Renders stories in a pool of its own.

    Args:
        pool: Its timeout bounds a rendering; closed by its owner.
        scratch: Private folder in which a rendition lives while it is read.
    """

    def __init__(self, pool: IsolatedPool, scratch: Path) -> None:
        self._pool = pool
        self._scratch = scratch

    @asynccontextmanager
    async def rendered(
        self,
        story: Story,
        pictures: Sequence[Picture],
        target: RenderFormat | None,
        progress: Callable[[float], None],
    ) -> AsyncIterator[Rendition]:
        """Lend the story as a private temporary file, removed at exit; raise UnreadableMedia."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Named after this process, so that the next one removes it where this one is killed.
        with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=self._scratch) as folder:
            out, told = Path(folder, "story"), Path(folder, "progress")
            job = asyncio.ensure_future(self._pool.run(_render, story, tuple(pictures), out, target, told))
            try:
                while not (await asyncio.wait([job], timeout=_LOOK))[0]:
                    progress(_read(told))
                yield await job
            except IsolatedCrash as crash:
                raise UnreadableMedia(f"the story cannot be rendered: {crash.reason}") from crash
            finally:
                job.cancel()


def _render(
    story: Story, pictures: tuple[Picture, ...], out: Path, target: RenderFormat | None, told: Path
) -> Rendition:
    """Render in the worker; how far it is stands in a file beside the result."""
    return render(story, pictures, out, target, lambda share: _tell(told, share))


def _tell(told: Path, share: float) -> None:
    fresh = told.with_suffix(".new")
    fresh.write_text(str(share))
    fresh.replace(told)


def _read(told: Path) -> float:
    with contextlib.suppress(OSError, ValueError):
        return float(told.read_text())
    return 0.0
