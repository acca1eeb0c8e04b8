"""Messages say which trace they belong to.

The release before writes messages without it, hence the default.
"""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0002_trace"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column, which rewrites nothing on either database."""
    op.add_column("outbox", sa.Column("trace", _TEXT, nullable=False, server_default=""))
