"""Counts an owner's reactions again, and tells whether what a story says of them holds."""

from __future__ import annotations

import re

from services.domain.library import Library
from services.domain.stories.story import Feedback, Story


def opinion_holds(match: re.Match[str], story: Story, library: Library) -> bool:
    """Tell whether the owner kept, or dismissed, so many stories of what is named, the last word counting."""
    when, did, n, of = match.groups()
    last = {}
    for said in sorted(library.feedback, key=lambda said: said.at):
        if said.reaction.value != "seen":
            last[said.story_id] = said
    alike = [said for said in last.values() if _is_about(said, of, story, library)]
    kept = [said for said in alike if said.reaction.value != "dismissed"]
    right = len(kept) if did == "kept" else len(alike) - len(kept)
    more = 2 * len(kept) > len(alike)
    return (when == "earlier") == (did == "kept") == more and int(n) == right


def _is_about(said: Feedback, of: str, story: Story, library: Library) -> bool:
    if match := re.fullmatch(r"stor(?:y|ies) with (.*)", of):
        return any(library.people[person].name == match[1] for person in said.people)
    if match := re.fullmatch(r"stor(?:y|ies) about “(.*)”", of):
        return said.theme.replace("_", " ") == match[1] == story.theme.replace("_", " ")
    return said.kind is story.kind
