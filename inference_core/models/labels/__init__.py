"""The names of the classes that models tell apart, in the order of their outputs."""

from functools import cache
from importlib import resources


@cache
def read_labels(name: str) -> tuple[str, ...]:
    """Returns the class names of a data set.

    Args:
        name: `imagenet` (1000 names) or `coco` (80).
    """
    text = resources.files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if not line.startswith("#"))
