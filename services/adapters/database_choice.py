"""The choice of a database, in words that are checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SQLITE: Final = "sqlite"
POSTGRES: Final = "postgres"
_SCHEMES: Final = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Pooling:
    """How many connections one process has to a database, and how long it waits; times in seconds."""

    readers: int = 8
    writers: int = 8
    connect: float = 5.0
    """For a connection to be made, or to be given back by somebody else."""
    statement: float = 30.0
    """For one statement."""
    lock: float = 10.0
    """For somebody else to let go of an owner or a row."""
    idle: float = 60.0
    """A transaction that does nothing for so long is ended: whoever began it is gone or stuck."""


@dataclass(frozen=True, slots=True)
class DatabaseHost:
    """The choice of a place for records and keys."""

    where: str = field(default=SQLITE, repr=False)
    """sqlite, postgres or postgresql://user:password@host/database."""
    keys: str = field(default="", repr=False)
    """Another server for data keys, as an address like that; empty for the same, in a schema of its own."""
    pooling: Pooling = Pooling()

    def __post_init__(self) -> None:
        known_database(self.where)
        if self.keys and not self.keys.startswith(_SCHEMES):
            raise ValueError(
                "data keys can have a PostgreSQL of their own: give postgresql://user@host/database"
            )

    @property
    def shared(self) -> bool:
        """Tell whether other processes may use it as well."""
        return is_shared(self.where)


def known_database(where: str) -> str:
    """Return the place as it was given; raise ValueError, which does not repeat it, where it is none."""
    if where not in (SQLITE, POSTGRES) and not is_shared(where):
        raise ValueError(
            "no such place for the catalog: give sqlite, postgres or postgresql://user@host/database"
        )
    return where


def is_shared(where: str) -> bool:
    """Tell whether a place is a server that other processes may use as well."""
    return where.startswith(_SCHEMES)
