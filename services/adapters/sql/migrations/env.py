"""Run by alembic, for each part of a database, on a connection that our own `migrate` hands over."""

from alembic import context

from services.adapters.sql.tables import METADATA_OF, Part

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[METADATA_OF[part] for part in Part],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
