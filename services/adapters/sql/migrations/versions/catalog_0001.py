"""The catalog as it was before there were migrations; partitioned by owner on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "catalog_0001"
down_revision = None
branch_labels = ("catalog",)
depends_on = None

_PARTITIONS = 16
_BY_OWNER = "HASH (owner)"
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_RECORD = ("owner", "kind", "id")


def upgrade() -> None:
    """Make the tables, their indexes and, where there are some, their partitions."""
    op.create_table("owners", *_key("owner"), _column("revision", sa.BigInteger))
    _make_records()
    _make_facets()
    _make_labels()
    _make_outbox()
    if op.get_context().dialect.name == "postgresql":
        _suit_postgresql()


def _key(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, _TEXT, primary_key=True) for name in names)


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _make_records() -> None:
    op.create_table(
        "records",
        *_key(*_RECORD),
        _column("time", sa.BigInteger),
        _column("state", _TEXT),
        _column("revision", sa.BigInteger),
        sa.Column("fingerprint", sa.LargeBinary),
        sa.UniqueConstraint("owner", "kind", "fingerprint"),
        postgresql_partition_by=_BY_OWNER,
    )
    op.create_index("records_by_time", "records", ["owner", "kind", "time", "id"])
    op.create_index("records_by_revision", "records", ["owner", "kind", "revision"])


def _make_facets() -> None:
    op.create_table(
        "facets",
        *_key(*_RECORD, "name"),
        _column("scopes", _TEXT),
        _column("sealed", sa.LargeBinary),
        sa.ForeignKeyConstraint(_RECORD, [f"records.{name}" for name in _RECORD], ondelete="CASCADE"),
        postgresql_partition_by=_BY_OWNER,
    )
    op.create_index("facets_by_scopes", "facets", ["owner", "scopes"])


def _make_labels() -> None:
    facet = (*_RECORD, "name")
    op.create_table(
        "labels",
        *_key("owner", "kind"),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        *_key("id", "name"),
        sa.ForeignKeyConstraint(facet, [f"facets.{name}" for name in facet], ondelete="CASCADE"),
        postgresql_partition_by=_BY_OWNER,
    )
    op.create_index("labels_by_facet", "labels", list(facet))


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        *_key("consumer", "message_id"),
        *(_column(name, _TEXT) for name in ("type", "owner", "subject")),
        *(_column(name, sa.BigInteger) for name in ("created_at", "visible_at")),
        _column("attempts", sa.Integer),
        _column("dead", sa.Boolean),
        _column("reason", _TEXT),
    )
    by_age = ["consumer", "dead", "owner", "created_at", "visible_at"]
    op.create_index("outbox_by_age", "outbox", by_age)
    op.create_index("outbox_by_owner", "outbox", ["owner"])


def _suit_postgresql() -> None:
    # Sealed bytes look random: to try and compress them is time lost.
    op.execute("ALTER TABLE facets ALTER COLUMN sealed SET STORAGE EXTERNAL")
    # Every message is inserted, changed and deleted within seconds.
    op.execute("ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02)")
    for table in ("records", "facets", "labels"):
        for number in range(_PARTITIONS):
            op.execute(
                f"CREATE TABLE {table}_p{number:02} PARTITION OF {table} "
                f"FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {number})"
            )
