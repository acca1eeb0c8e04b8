"""Who works on which owners, where several schedulers share a database."""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0003_leases"
down_revision = "catalog_0002_trace"
branch_labels = None
depends_on = None

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make two tables, which releases before this one do not look at."""
    op.create_table(
        "holders",
        sa.Column("holder", _TEXT, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("holder", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
