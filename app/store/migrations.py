"""The database's shape, as numbered steps. A step that has been released is never changed, only followed."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    # 1: filings with their history, attachments, outbox, and the cache of what the bureau said
    """
    CREATE TABLE filings (
        id TEXT PRIMARY KEY,
        region TEXT NOT NULL,
        unit_number TEXT NOT NULL,
        item TEXT NOT NULL,
        month TEXT NOT NULL,
        state TEXT NOT NULL,
        subject TEXT NOT NULL,
        vals TEXT NOT NULL,
        attachments TEXT NOT NULL,
        outcome TEXT NOT NULL,
        findings TEXT NOT NULL,
        batch TEXT,
        bureau_id TEXT,
        note TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX filings_by_state ON filings (unit_number, state, item);
    CREATE INDEX filings_by_batch ON filings (batch) WHERE batch IS NOT NULL;
    CREATE UNIQUE INDEX filings_by_bureau_id ON filings (bureau_id) WHERE bureau_id IS NOT NULL;

    CREATE TABLE steps (
        number INTEGER PRIMARY KEY,
        filing TEXT NOT NULL REFERENCES filings (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        note TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX steps_by_filing ON steps (filing);

    CREATE TABLE files (
        sha256 TEXT PRIMARY KEY,
        media_type TEXT NOT NULL,
        content BLOB NOT NULL
    ) STRICT;

    CREATE TABLE outbox (
        key TEXT PRIMARY KEY,
        filing TEXT NOT NULL REFERENCES filings (id),
        envelope TEXT NOT NULL,
        digest TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        certificate BLOB NOT NULL,
        signature BLOB NOT NULL,
        queued_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        receipt TEXT,
        answered_at TEXT
    ) STRICT;
    CREATE INDEX outbox_open ON outbox (queued_at) WHERE answered_at IS NULL;

    CREATE TABLE said (
        unit_number TEXT NOT NULL,
        topic TEXT NOT NULL,
        content TEXT NOT NULL,
        heard_at TEXT NOT NULL,
        PRIMARY KEY (unit_number, topic)
    ) STRICT;
    """,
    # 2: the layouts of workbooks that a clerk has explained
    """
    CREATE TABLE layouts (
        region TEXT NOT NULL,
        item TEXT NOT NULL,
        titles TEXT NOT NULL,
        columns TEXT NOT NULL,
        told_at TEXT NOT NULL,
        PRIMARY KEY (region, item, titles)
    ) STRICT;
    """,
    # 3: many new drafts at once, before they become filings (app.store.pieces); pattern is a filing without its values
    """
    CREATE TABLE pieces (
        number INTEGER PRIMARY KEY,
        pattern TEXT NOT NULL,
        content BLOB NOT NULL
    ) STRICT;
    """,
)
