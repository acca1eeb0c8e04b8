"""The tables, for any SQL database: plain columns to find rows by, sealed bytes for the rest."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

OWNERS = Table(
    "owners",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

RECORDS = Table(
    "records",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary),
    UniqueConstraint("owner", "kind", "fingerprint"),
    Index("records_by_time", "owner", "kind", "time", "id"),
    Index("records_by_revision", "owner", "kind", "revision"),
)

FACETS = Table(
    "facets",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("scopes", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["owner", "kind", "id"], ["records.owner", "records.kind", "records.id"], ondelete="CASCADE"
    ),
    Index("facets_by_scopes", "owner", "scopes"),
)

LABELS = Table(
    "labels",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, primary_key=True),
    ForeignKeyConstraint(
        ["owner", "kind", "id", "name"],
        ["facets.owner", "facets.kind", "facets.id", "facets.name"],
        ondelete="CASCADE",
    ),
    Index("labels_by_facet", "owner", "kind", "id", "name"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("consumer", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("dead", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Index("outbox_by_age", "consumer", "dead", "owner", "created_at", "visible_at"),
    Index("outbox_by_owner", "owner"),
)
