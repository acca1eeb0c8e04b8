"""What an owner likes, learned from what became of earlier stories; little enough to be said in a sentence.

Of each kind, person and theme it is counted how many stories were kept (saved, shared or edited) and how many
dismissed, each story once, by the owner's last word on it. The share that is liked has a Beta(PRIOR, PRIOR)
prior. The mean of its posterior, moved to −1…1, is how far the owner leans towards that subject:

    lean = 2 · (PRIOR + kept) / (2·PRIOR + kept + dismissed) − 1

Without opinions it is 0; one reaction moves it by a fifth, many of one mind lead it to ±1. A story's lean is
that of its kind, its people (their mean) and its theme together, and moves its score by at most REACH.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.domain.facets import Person
from services.domain.identity import PersonId, StoryId
from services.domain.stories import wording
from services.domain.stories.story import Feedback, Reaction, StoryKind
from services.domain.stories.text import Said

PRIOR = 2.0
REACH = 0.25
"""The share of a story's score that taste can add or take."""
TOLD = 0.3
"""A lean from which it is told: two stories of one mind."""
KEPT = frozenset({Reaction.SAVED, Reaction.SHARED, Reaction.EDITED})
OPINIONS = KEPT | {Reaction.DISMISSED}
"""To have looked at a story says nothing."""
Subject = tuple[str, str]
"""What an opinion is about: ("kind", "trip"), ("person", id) or ("theme", "dogs")."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """How many stories about a subject were kept, and how many dismissed."""

    kept: int
    dismissed: int

    @property
    def lean(self) -> float:
        """−1…1, as the module says."""
        return 2 * (PRIOR + self.kept) / (2 * PRIOR + self.kept + self.dismissed) - 1


@dataclass(frozen=True)
class Taste:
    """The opinions of one owner."""

    opinions: Mapping[Subject, Opinion]

    @staticmethod
    def of(feedback: Iterable[Feedback]) -> Taste:
        """Count an owner's last word on each story."""
        last: dict[StoryId, Feedback] = {}
        for said in sorted(feedback, key=lambda said: (said.at, said.reaction)):
            if said.reaction in OPINIONS:
                last[said.story_id] = said
        kept: Counter[Subject] = Counter()
        dismissed: Counter[Subject] = Counter()
        for said in last.values():
            counts = kept if said.reaction in KEPT else dismissed
            counts.update(subjects(said.kind, said.people, said.theme))
        return Taste({about: Opinion(kept[about], dismissed[about]) for about in {*kept, *dismissed}})

    def about(self, subjects: Iterable[Subject]) -> Mapping[Subject, Opinion]:
        """Return the opinions on those of the subjects that there is one of."""
        return {subject: self.opinions[subject] for subject in subjects if subject in self.opinions}


def subjects(kind: StoryKind, people: Iterable[PersonId], theme: str) -> list[Subject]:
    """Return what an opinion on a story is about."""
    of_people = [("person", person) for person in dict.fromkeys(people)]
    return [("kind", kind.value), *of_people, *([("theme", theme)] if theme else [])]


def factor(opinions: Mapping[Subject, Opinion]) -> float:
    """Return what a story's score is multiplied with, by the opinions on its subjects: 0.75…1.25."""
    people = [opinion.lean for (what, _), opinion in opinions.items() if what == "person"]
    others = sum(opinion.lean for (what, _), opinion in opinions.items() if what != "person")
    lean = others + (sum(people) / len(people) if people else 0.0)
    return 1.0 + REACH * max(-1.0, min(lean, 1.0))


def reason(opinions: Mapping[Subject, Opinion], people: Mapping[PersonId, Person]) -> tuple[Said, ...]:
    """Say which opinion moved a story most; nothing where none is strong enough, or nobody can be named."""
    told = []
    for subject, opinion in opinions.items():
        name = people[PersonId(subject[1])].name if subject[1] in people else ""
        if abs(opinion.lean) >= TOLD and (name or subject[0] != "person"):
            told.append((-abs(opinion.lean), subject, name, opinion))
    if not told:
        return ()
    _, subject, name, opinion = min(told, key=lambda item: item[:2])
    liked = opinion.lean > 0
    stories = _stories(subject, name, opinion.kept if liked else opinion.dismissed)
    return (wording.say("why.liked" if liked else "why.disliked", stories=stories),)


def _stories(subject: Subject, name: str, n: int) -> Said:
    what, which = subject
    if what == "person":
        return wording.count("stories.with", n, name=name)
    if what == "theme":
        return wording.count("stories.showing", n, theme=wording.theme(which))
    return wording.count(f"stories.{which}", n)
