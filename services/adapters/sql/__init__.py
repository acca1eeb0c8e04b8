"""Row stores in SQL databases."""

from services.adapters.sql.sqlite import open_sqlite
from services.adapters.sql.store import SqlRowStore

__all__ = ["SqlRowStore", "open_sqlite"]
