"""Wrapped data keys, as they were before there were migrations; partitioned by owner on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "keys_0001"
down_revision = None
branch_labels = ("keys",)
depends_on = None

_PARTITIONS = 16
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "keys",
        sa.Column("owner", _TEXT, primary_key=True),
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        postgresql_partition_by="HASH (owner)",
    )
    if op.get_context().dialect.name == "postgresql":
        for number in range(_PARTITIONS):
            op.execute(
                f"CREATE TABLE keys_p{number:02} PARTITION OF keys "
                f"FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {number})"
            )
