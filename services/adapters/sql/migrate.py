"""Bringing the tables of a database to what this program needs, whoever made them.

A database that is up to date is known by one small query: alembic is not even imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from services.adapters.sql import migrations
from services.adapters.sql.tables import METADATA_OF, Part
from services.domain.errors import FailedPrecondition

if TYPE_CHECKING:
    from alembic.config import Config

HEADS: Final = {Part.CATALOG: "catalog_0003_leases", Part.KEYS: "keys_0001"}
"""The newest revision of each part, which this program is written for."""
_FIRST: Final = {Part.CATALOG: "catalog_0001", Part.KEYS: "keys_0001"}
"""What the tables were that were made before there were migrations."""
_VERSIONS: Final = "alembic_version"


class State(Enum):
    """How the tables compare with what this program is written for."""

    CURRENT = auto()
    BEHIND = auto()
    AHEAD = auto()
    """A newer version of this program has been here."""


def state_of(connection: Connection, parts: Sequence[Part]) -> State:
    """Compare the revisions of a database with ours."""
    revisions = _revisions(connection)
    if all(HEADS[part] in revisions for part in parts):
        return State.CURRENT
    return State.AHEAD if revisions - _known() else State.BEHIND


def bring_up_to_date(connection: Connection, parts: Sequence[Part], name: str) -> bool:
    """Apply what is missing, in the transaction that is open; tell whether anything was.

    Args:
        connection: To the database, which nobody else migrates at this moment.
        parts: What it holds.
        name: What to call it in an error.

    Raises:
        FailedPrecondition: A newer version of this program wrote it.
    """
    state = state_of(connection, parts)
    if state is State.CURRENT:
        return False
    if state is State.AHEAD:
        newer = ", ".join(sorted(_revisions(connection)))
        raise FailedPrecondition(
            f"{name} was written by a newer version of Storyroll ({newer}): "
            "install that version again; nothing was changed"
        )
    from alembic import command

    config = _config(connection)
    for part in parts:
        if _was_made_without_migrations(connection, part):
            command.stamp(config, _FIRST[part])
        command.upgrade(config, f"{part}@head")
    return True


def _revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(_VERSIONS):
        return set()
    return set(connection.scalars(text(f"SELECT version_num FROM {_VERSIONS}")))  # noqa: S608 - our own word


def _was_made_without_migrations(connection: Connection, part: Part) -> bool:
    if any(revision.startswith(part) for revision in _revisions(connection)):
        return False
    return any(inspect(connection).has_table(name) for name in METADATA_OF[part].tables)


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory(str(_folder())).walk_revisions()}


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _folder() -> Path:
    return Path(migrations.__path__[0])
