"""The Dockerfile as data: its stages, and what each of them does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

DOCKERFILE = Path(__file__).parents[2] / "deploy" / "images" / "Dockerfile"

_STAGE = re.compile(r"FROM (?P<base>\S+) AS (?P<name>\S+)")


@dataclass
class Stage:
    """One stage: what it begins from, and its instructions in order."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, keyword: str) -> list[str]:
        """Return what follows each instruction of this kind."""
        return [words for found, words in self.instructions if found == keyword]


def stages() -> dict[str, Stage]:
    """Return every stage by name."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, Stage] = {}
    stage: Stage | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        if begins := _STAGE.fullmatch(line):
            stage = found[begins["name"]] = Stage(begins["name"], begins["base"])
        elif stage:
            keyword, _, words = line.partition(" ")
            stage.instructions.append((keyword, words.strip()))
    return found


def defaults(stage: Stage) -> dict[str, str]:
    """Return the arguments that the stage gives a value to."""
    pairs = (words.partition("=") for words in stage.all("ARG"))
    return {name: value for name, equals, value in pairs if equals}
