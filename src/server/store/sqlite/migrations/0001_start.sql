-- Every key leads with the office, so that an office can be moved, and a larger engine can spread them.
-- Where there is one office, that column tells nothing; and SQLite guesses that it does. So the keys of
-- the tables that grow are those by which they are asked, and other ways name their index.

CREATE TABLE server_meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE office (
    office_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    zone TEXT NOT NULL,
    releases TEXT NOT NULL
) STRICT;

CREATE TABLE counter (
    office_id INTEGER NOT NULL REFERENCES office,
    counter_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (office_id, counter_id),
    UNIQUE (office_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE service (
    office_id INTEGER NOT NULL REFERENCES office,
    service_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (office_id, service_id),
    UNIQUE (office_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE officer (
    office_id INTEGER NOT NULL REFERENCES office,
    officer_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    pin_hash TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    portrait_svg TEXT NOT NULL,
    PRIMARY KEY (office_id, officer_id)
) STRICT, WITHOUT ROWID;

-- A one-time code is named by its first characters, so that wrong tries of the others can be counted.
CREATE TABLE enrolment (
    lookup TEXT PRIMARY KEY,
    code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
    office_id INTEGER NOT NULL REFERENCES office,
    counter_id INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_by_device INTEGER,
    wrong_tries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The device id alone is unique over all offices: tickets and requests carry nothing else.
CREATE TABLE device (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL UNIQUE,
    counter_id INTEGER NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    epoch INTEGER NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    previous_device_id INTEGER,
    next_seq INTEGER NOT NULL DEFAULT 1,
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    PRIMARY KEY (office_id, device_id)
) STRICT, WITHOUT ROWID;

-- Every accepted event, byte for byte; parked ones with the reason a person will read. A body that the
-- kiosk withholds, or that was erased, is gone, but never its hash.
CREATE TABLE event (
    office_id INTEGER NOT NULL REFERENCES office,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    received_at_ms INTEGER NOT NULL,
    parked_reason TEXT,
    PRIMARY KEY (office_id, device_id, seq),
    UNIQUE (office_id, event_id)
) STRICT, WITHOUT ROWID;

-- Events that reuse an id with other bytes. Nothing is dropped; a person decides.
CREATE TABLE conflict (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    body TEXT,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE rating (
    office_id INTEGER NOT NULL REFERENCES office,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    officer_id INTEGER,
    service_id INTEGER,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    channel TEXT NOT NULL,
    occurred_at_ms INTEGER NOT NULL,
    time_quality TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
    release_no INTEGER,
    PRIMARY KEY (office_id, device_id, visit_serial, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX rating_unreleased ON rating (office_id, officer_id) WHERE counted = 1 AND release_no IS NULL;

-- A QR ticket is used once, whatever becomes of the rating.
CREATE TABLE ticket_used (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- What staff may see: whole releases, frozen when they are made.
CREATE TABLE release (
    office_id INTEGER NOT NULL REFERENCES office,
    officer_id INTEGER NOT NULL,
    release_no INTEGER NOT NULL,
    released_at_ms INTEGER NOT NULL,
    day TEXT NOT NULL,
    stars_1 INTEGER NOT NULL,
    stars_2 INTEGER NOT NULL,
    stars_3 INTEGER NOT NULL,
    stars_4 INTEGER NOT NULL,
    stars_5 INTEGER NOT NULL,
    PRIMARY KEY (office_id, officer_id, release_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE login (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    office_id INTEGER NOT NULL REFERENCES office,
    officer_id INTEGER NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
