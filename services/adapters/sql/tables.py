"""The tables as they are now, for any SQL database: plain columns to find rows by, sealed bytes for the rest.

`migrations` leads there from every earlier state; a test holds both to be equal. On PostgreSQL text is
compared byte by byte (collation "C"), as Python and SQLite do: the order of pages is the same everywhere, and
no update of a system's locales can spoil an index. What grows with an owner's photos is partitioned there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

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

PARTITIONS: Final = 16
"""Of each partitioned table: vacuums and indexes stay small. A multiple of it can be reached later, one
partition at a time, since hashes modulo 32 split those modulo 16."""
_BY_OWNER: Final = "HASH (owner)"
_TEXT: Final = String().with_variant(String(collation="C"), "postgresql")


class Part(StrEnum):
    """What a database holds; migrations have a history for each."""

    CATALOG = "catalog"
    KEYS = "keys"
    """Wrapped data keys, apart, so that backups of the catalog are without them."""


METADATA = MetaData()
KEY_METADATA = MetaData()

OWNERS = Table(
    "owners",
    METADATA,
    Column("owner", _TEXT, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

RECORDS = Table(
    "records",
    METADATA,
    Column("owner", _TEXT, primary_key=True),
    Column("kind", _TEXT, primary_key=True),
    Column("id", _TEXT, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("state", _TEXT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary),
    UniqueConstraint("owner", "kind", "fingerprint"),
    Index("records_by_time", "owner", "kind", "time", "id"),
    Index("records_by_revision", "owner", "kind", "revision"),
    postgresql_partition_by=_BY_OWNER,
)

FACETS = Table(
    "facets",
    METADATA,
    Column("owner", _TEXT, primary_key=True),
    Column("kind", _TEXT, primary_key=True),
    Column("id", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("scopes", _TEXT, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["owner", "kind", "id"], ["records.owner", "records.kind", "records.id"], ondelete="CASCADE"
    ),
    Index("facets_by_scopes", "owner", "scopes"),
    postgresql_partition_by=_BY_OWNER,
)

LABELS = Table(
    "labels",
    METADATA,
    Column("owner", _TEXT, primary_key=True),
    Column("kind", _TEXT, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("id", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    ForeignKeyConstraint(
        ["owner", "kind", "id", "name"],
        ["facets.owner", "facets.kind", "facets.id", "facets.name"],
        ondelete="CASCADE",
    ),
    Index("labels_by_facet", "owner", "kind", "id", "name"),
    postgresql_partition_by=_BY_OWNER,
)

KEYS = Table(
    "keys",
    KEY_METADATA,
    Column("owner", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    postgresql_partition_by=_BY_OWNER,
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("consumer", _TEXT, primary_key=True),
    Column("message_id", _TEXT, primary_key=True),
    Column("type", _TEXT, nullable=False),
    Column("owner", _TEXT, nullable=False),
    Column("subject", _TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("dead", Boolean, nullable=False),
    Column("reason", _TEXT, nullable=False),
    Column("trace", _TEXT, nullable=False, server_default=""),
    Index("outbox_by_age", "consumer", "dead", "owner", "created_at", "visible_at"),
    Index("outbox_by_owner", "owner"),
)

HOLDERS = Table(
    "holders",
    METADATA,
    Column("holder", _TEXT, primary_key=True),
    Column("until", BigInteger, nullable=False),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("holder", _TEXT, nullable=False),
    Column("number", BigInteger, nullable=False),
)

METADATA_OF: Final = {Part.CATALOG: METADATA, Part.KEYS: KEY_METADATA}
