"""Says whose photos the album shows, and that their dates and places were assigned."""

from examples.demo_album.plan import Album, Item

STATEMENT = (
    "Dates and places were assigned for this demonstration. They do not say when or where these photos "
    "were really taken, and the names and birthdays are invented."
)

_HEAD = "| File | Chapter | Credit | Source | Licence of the package |\n|---|---|---|---|---|"


def credits_text(album: Album) -> str:
    """Returns the album's CREDITS.md: the statement, then a row for each file."""
    rows = [_row(album, chapter.title, item) for chapter, item in album.entries()]
    return "\n".join(["# Credits", "", f"> **{STATEMENT}**", "", _HEAD, *rows, ""])


def _row(album: Album, chapter: str, item: Item) -> str:
    source = album.packages[item.package]
    credit = item.credit or source.credit
    note = " (a crop or another exposure)" if item.extra else ""
    return (
        f"| {item.file_name} | {chapter} | {credit}{note} | `{item.member}` of {source} | {source.licence} |"
    )
