-- What the last version without migrations made, in SQLite.
CREATE TABLE keys (
    owner VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE outbox (
    consumer VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    created_at BIGINT NOT NULL,
    visible_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    dead BOOLEAN NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (consumer, message_id)
);
CREATE INDEX outbox_by_age ON outbox (consumer, dead, owner, created_at, visible_at);
CREATE INDEX outbox_by_owner ON outbox (owner);
CREATE TABLE owners (
    owner VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
CREATE TABLE records (
    owner VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    time BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    fingerprint BLOB,
    PRIMARY KEY (owner, kind, id),
    UNIQUE (owner, kind, fingerprint)
);
CREATE INDEX records_by_revision ON records (owner, kind, revision);
CREATE INDEX records_by_time ON records (owner, kind, time, id);
CREATE TABLE facets (
    owner VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (owner, kind, id, name),
    FOREIGN KEY(owner, kind, id) REFERENCES records (owner, kind, id) ON DELETE CASCADE
);
CREATE INDEX facets_by_scopes ON facets (owner, scopes);
CREATE TABLE labels (
    owner VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    digest BLOB NOT NULL,
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    PRIMARY KEY (owner, kind, digest, id, name),
    FOREIGN KEY(owner, kind, id, name) REFERENCES facets (owner, kind, id, name) ON DELETE CASCADE
);
CREATE INDEX labels_by_facet ON labels (owner, kind, id, name);
