-- Facts about this database itself: identity, counters, what the office told.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Immutable events, in order. Each carries the chain hash before it as well as its own, so that
-- every row can be proven alone, whatever was pruned or lost before it. A re-enrolment begins a new
-- chain: rows of the old one keep its epoch.
-- AUTOINCREMENT: a number is never used twice, even after old rows are gone.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    epoch INTEGER NOT NULL,
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body TEXT NOT NULL
) STRICT;

-- Where the server stands. Acknowledgements come in order, so one number says which events wait.
CREATE TABLE position (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- The first event of the present chain.
    chain_from INTEGER NOT NULL,
    -- The first event that is not acknowledged.
    waiting_from INTEGER NOT NULL,
    -- What the server expects next, by its last authentic answer in this chain.
    server_next INTEGER,
    -- Everything below was acknowledged, kept for its time and removed.
    pruned_below INTEGER NOT NULL
) STRICT;
INSERT INTO position (one, chain_from, waiting_from, server_next, pruned_below) VALUES (1, 1, 1, NULL, 1);

CREATE VIEW waiting AS SELECT outbox.* FROM outbox WHERE seq >= (SELECT waiting_from FROM position);

-- Up to where everything was acknowledged at the end of an hour of the server: what pruning goes by,
-- so that no wrong clock of the kiosk removes anything early.
CREATE TABLE milestone (
    server_hour INTEGER PRIMARY KEY,
    next_seq INTEGER NOT NULL
) STRICT;

-- Places that hold nothing and never will: lost with a damaged disk, or jumped over after that.
CREATE TABLE lost (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL
) STRICT;

-- Events that no server could take so far. Never pruned.
CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    tried_at TEXT NOT NULL
) STRICT;

-- What is known of the server's time: the best answer of each hour of each boot.
CREATE TABLE anchor (
    boot_id BLOB NOT NULL CHECK (length(boot_id) = 16),
    boot_hour INTEGER NOT NULL,
    boot_ms INTEGER NOT NULL,
    server_ms INTEGER NOT NULL,
    error_ms INTEGER NOT NULL,
    PRIMARY KEY (boot_id, boot_hour)
) STRICT, WITHOUT ROWID;

-- Signed statements of the server that contradict each other: for people to judge.
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- How the synchronisation stands, for the technician.
CREATE TABLE note (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest day card of each officer that the server has released to this kiosk.
CREATE TABLE card (
    officer_id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
