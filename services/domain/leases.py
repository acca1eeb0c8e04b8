"""Whose owners are to work on, where several processes share a stage: partitions of owners, leased."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

PARTITIONS: Final = 16
"""Into which owners are divided; more processes than these would have nothing to do."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on the owners of one partition, until somebody else has it."""

    partition: int
    holder: str
    """Empty where nobody has it."""
    number: int
    """The fencing number: it rises with every change of hands, so a right that was lost is known by it."""


def partition_of(owner: str) -> int:
    """Return the partition of an owner, the same for ever."""
    return hashlib.blake2b(owner.encode(), digest_size=2).digest()[0] % PARTITIONS


def allot(holders: Collection[str], held: Mapping[int, str]) -> Mapping[int, str]:
    """Return whose each partition is to be: for everybody as many as for anybody else, give or take one.

    As few as possible change hands. The result depends on the arguments alone, so everybody who sees the same
    finds the same.

    Args:
        holders: Who lives, at least one.
        held: Who has which now, the dead included.
    """
    kept: dict[str, list[int]] = {holder: [] for holder in holders}
    for partition, holder in sorted(held.items()):
        if holder in kept:
            kept[holder].append(partition)
    least, over = divmod(PARTITIONS, len(kept))
    ranked = sorted(kept, key=lambda holder: (-len(kept[holder]), holder))
    shares = {holder: least + (place < over) for place, holder in enumerate(ranked)}
    allotted = {p: holder for holder in ranked for p in kept[holder][: shares[holder]]}
    wanting = [holder for holder in ranked for _ in range(shares[holder] - len(kept[holder]))]
    free = [partition for partition in range(PARTITIONS) if partition not in allotted]
    return allotted | dict(zip(free, wanting, strict=True))
