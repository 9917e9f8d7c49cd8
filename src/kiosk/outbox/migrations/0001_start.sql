-- Facts about this database itself: identity, counters, the roster.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Immutable events, in order, each bound to the one before by its hash.
-- AUTOINCREMENT: a number is never used twice, even after old rows are gone.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    body TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    verdict TEXT
) STRICT;

CREATE INDEX outbox_waiting ON outbox (seq) WHERE verdict IS NULL;

-- The newest day card of each officer that the server has released to this kiosk.
CREATE TABLE card (
    officer_id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
