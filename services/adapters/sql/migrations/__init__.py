"""The history of the tables, one for every database; `alembic` applies it."""
