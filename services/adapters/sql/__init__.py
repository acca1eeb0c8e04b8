"""Row stores in SQL databases."""

from services.adapters.sql.postgres import open_postgres
from services.adapters.sql.sqlite import open_sqlite
from services.adapters.sql.store import SqlRowStore
from services.adapters.sql.tables import Part

__all__ = ["Part", "SqlRowStore", "open_postgres", "open_sqlite"]
