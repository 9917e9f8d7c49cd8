-- Every key leads with the office, so that an office can be moved, and a larger engine can spread them.
-- Where there is one office, that column tells nothing; and SQLite guesses that it does. So the keys of
-- the tables that grow are those by which they are asked, and other ways name their index.

CREATE TABLE server_meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Opening hours, where they are known: a rating at night then needs a reason.
CREATE TABLE office (
    office_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    zone TEXT NOT NULL,
    releases TEXT NOT NULL,
    hours TEXT
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

-- What an office decides of its kiosks' settings, and how often what it tells them has changed. The digest is
-- of all that, so that a change is noticed wherever it was made.
CREATE TABLE kiosk_config (
    office_id INTEGER PRIMARY KEY REFERENCES office,
    settings TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- What kiosks were offered, by the hash they report.
CREATE TABLE kiosk_bundle (
    office_id INTEGER NOT NULL REFERENCES office,
    bundle_hash BLOB NOT NULL CHECK (length(bundle_hash) = 32),
    version INTEGER NOT NULL,
    PRIMARY KEY (office_id, bundle_hash)
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

-- The device id alone is unique over all offices: tickets and requests carry nothing else. One device
-- is one enrolment, so it has one epoch and one chain, which begins at first_seq. What comes next in it
-- happened after not_before_ms, by the server's clock; its last rating is placed at last_at_ms. The bundle
-- is the one it said it uses. It made a release alone at awaits_seq: until that is here, ratings before it are
-- held back from releases of the server.
CREATE TABLE device (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL UNIQUE,
    counter_id INTEGER NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    epoch INTEGER NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    previous_device_id INTEGER,
    first_seq INTEGER NOT NULL DEFAULT 1,
    next_seq INTEGER NOT NULL DEFAULT 1,
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    not_before_ms INTEGER,
    last_at_ms INTEGER,
    bundle_hash BLOB CHECK (length(bundle_hash) = 32),
    awaits_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (office_id, device_id)
) STRICT, WITHOUT ROWID;

-- Every link of every chain; device 0 is the server itself. Parked events have the reason a person will
-- read. A body that the kiosk withholds, or that was erased, is gone, but never its hash.
-- A link whose id was known already repeats it: a duplicate has the same bytes (they lie with the first),
-- a conflict other ones. Only what is new has a leaf in the ledger.
CREATE TABLE event (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    body TEXT,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    leaf_index INTEGER,
    received_at_ms INTEGER NOT NULL,
    parked_reason TEXT,
    erased_at_ms INTEGER,
    repeats TEXT CHECK (repeats IN ('duplicate', 'conflict')),
    PRIMARY KEY (office_id, device_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX event_by_id ON event (office_id, event_id) WHERE repeats IS NULL;
CREATE UNIQUE INDEX event_by_leaf ON event (office_id, leaf_index) WHERE leaf_index IS NOT NULL;
CREATE INDEX event_parked ON event (office_id, device_id, seq) WHERE parked_reason IS NOT NULL;

-- What a device signed of its chain: the end of every batch.
CREATE TABLE head_signature (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    signature BLOB NOT NULL,
    PRIMARY KEY (office_id, device_id, seq)
) STRICT, WITHOUT ROWID;

-- Parts of a chain that will never come; the chain goes on from head_hash.
CREATE TABLE hole (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    recorded_at_ms INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, from_seq)
) STRICT, WITHOUT ROWID;

-- The server's time as kiosks learnt it, by their boot clocks.
CREATE TABLE anchor (
    office_id INTEGER NOT NULL REFERENCES office,
    boot_id BLOB NOT NULL CHECK (length(boot_id) = 16),
    boot_ms INTEGER NOT NULL,
    device_id INTEGER NOT NULL,
    server_ms INTEGER NOT NULL,
    error_ms INTEGER NOT NULL,
    PRIMARY KEY (office_id, boot_id, boot_ms)
) STRICT, WITHOUT ROWID;

-- What kiosks said of themselves.
CREATE TABLE health (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    report TEXT NOT NULL,
    needs_a_person INTEGER NOT NULL CHECK (needs_a_person IN (0, 1)),
    PRIMARY KEY (office_id, device_id, seq)
) STRICT, WITHOUT ROWID;

-- The device is that of the visit. Clocks are the kiosk's own, as recorded; what the server made of them
-- beside them changes when a better anchor arrives. It is held by the device that sent it, while that may have
-- released it alone.
CREATE TABLE rating (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    officer_id INTEGER,
    service_id INTEGER,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    channel TEXT NOT NULL,
    boot_id BLOB,
    boot_ms INTEGER,
    wall_ms INTEGER,
    occurred_at_ms INTEGER NOT NULL,
    bound_ms INTEGER NOT NULL,
    time_quality TEXT NOT NULL,
    day TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    undone INTEGER NOT NULL CHECK (undone IN (0, 1)),
    forked INTEGER NOT NULL CHECK (forked IN (0, 1)),
    counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
    release_no INTEGER,
    held_by INTEGER,
    PRIMARY KEY (office_id, device_id, visit_serial, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX rating_unreleased ON rating (office_id, officer_id) WHERE counted = 1 AND release_no IS NULL;
CREATE INDEX rating_held ON rating (office_id, held_by) WHERE held_by IS NOT NULL;
-- Only what is not well placed (WELL_PLACED_MS) may be placed better.
CREATE INDEX rating_boot ON rating (office_id, boot_id, boot_ms) WHERE bound_ms > 1000;

-- Visits whose QR code was shown: not later than this, by the server's clock.
CREATE TABLE visit (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- Ratings that were taken back; the rating itself may arrive later.
CREATE TABLE undone (
    office_id INTEGER NOT NULL REFERENCES office,
    rating_id BLOB NOT NULL CHECK (length(rating_id) = 16),
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    PRIMARY KEY (office_id, rating_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- Counted ratings by civil day; 0 is no officer, no service.
CREATE TABLE daily (
    office_id INTEGER NOT NULL REFERENCES office,
    day TEXT NOT NULL,
    officer_id INTEGER NOT NULL,
    service_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    n INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    stars_1 INTEGER NOT NULL,
    stars_2 INTEGER NOT NULL,
    stars_3 INTEGER NOT NULL,
    stars_4 INTEGER NOT NULL,
    stars_5 INTEGER NOT NULL,
    PRIMARY KEY (office_id, day, officer_id, service_id, channel)
) STRICT, WITHOUT ROWID;

-- The end of an office's ledger, and of the chain of the server's own events in it. The receipt codes of
-- its first leaves, so many, lie in the table receipt.
CREATE TABLE ledger (
    office_id INTEGER PRIMARY KEY REFERENCES office,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    receipts INTEGER NOT NULL DEFAULT 0,
    own_next_seq INTEGER NOT NULL,
    own_head BLOB NOT NULL CHECK (length(own_head) = 32)
) STRICT;

CREATE TABLE ledger_tile (
    office_id INTEGER NOT NULL REFERENCES office,
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (office_id, level, tile)
) STRICT, WITHOUT ROWID;

-- Codes follow from event ids, in no order at all: written one by one, each would cost a page of its own.
-- So they are written many at once, sorted; the last ones are found by their events.
CREATE TABLE receipt (
    office_id INTEGER NOT NULL REFERENCES office,
    code INTEGER NOT NULL,
    leaf_index INTEGER NOT NULL,
    PRIMARY KEY (office_id, code, leaf_index)
) STRICT, WITHOUT ROWID;

-- Since when the data have their epoch: a restored server begins a new one, with the size it came back with.
CREATE TABLE ledger_epoch (
    office_id INTEGER NOT NULL REFERENCES office,
    data_epoch INTEGER NOT NULL,
    start_size INTEGER NOT NULL,
    previous_epoch INTEGER,
    begun_at_ms INTEGER NOT NULL,
    PRIMARY KEY (office_id, data_epoch)
) STRICT, WITHOUT ROWID;

-- One signed end of the ledger an hour.
CREATE TABLE checkpoint (
    office_id INTEGER NOT NULL REFERENCES office,
    data_epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (office_id, data_epoch, size)
) STRICT, WITHOUT ROWID;

-- A QR ticket is used once, whatever becomes of the rating.
CREATE TABLE ticket_used (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- What staff may see: whole releases, frozen when they are made, by the server or, as an event tells, by a kiosk.
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
    kiosk_event_id BLOB CHECK (length(kiosk_event_id) = 16),
    PRIMARY KEY (office_id, officer_id, release_no)
) STRICT, WITHOUT ROWID;

-- Visits that a kiosk released and whose rating is not here yet, such as one whose bytes are withheld.
CREATE TABLE released_visit (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    officer_id INTEGER NOT NULL,
    release_no INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- Why residents rated an officer as they did, and the release from which on the officer sees that: a reason
-- waits until enough released visits got it.
CREATE TABLE reason (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    code TEXT NOT NULL,
    officer_id INTEGER NOT NULL,
    release_no INTEGER,
    PRIMARY KEY (office_id, device_id, visit_serial, code)
) STRICT, WITHOUT ROWID;

CREATE INDEX reason_waiting ON reason (office_id, officer_id) WHERE release_no IS NULL;

-- The reasons that appear with a release, frozen like it.
CREATE TABLE theme (
    office_id INTEGER NOT NULL REFERENCES office,
    officer_id INTEGER NOT NULL,
    release_no INTEGER NOT NULL,
    code TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (office_id, officer_id, release_no, code)
) STRICT, WITHOUT ROWID;

-- Ratings that may not come from residents, with the reason; a person decides, nothing is removed.
CREATE TABLE flag (
    office_id INTEGER NOT NULL REFERENCES office,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    kind TEXT NOT NULL,
    counter_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    raised_at_ms INTEGER NOT NULL,
    score REAL NOT NULL,
    numbers TEXT NOT NULL,
    decision TEXT CHECK (decision IN ('abuse', 'honest')),
    decided_by TEXT,
    decided_at_ms INTEGER,
    PRIMARY KEY (office_id, event_id, kind)
) STRICT, WITHOUT ROWID;

-- Ratings confirmed as abuse that the second figure leaves out, and from which release on.
CREATE TABLE left_out (
    office_id INTEGER NOT NULL REFERENCES office,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    release_no INTEGER NOT NULL,
    PRIMARY KEY (office_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE login (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    office_id INTEGER NOT NULL REFERENCES office,
    officer_id INTEGER NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers to the survey that the law asks for: another instrument than the stars, and never made of them. One row is
-- one event; nothing in it tells who gave them. The kiosk asks one of the nine, so its row has one answer, and the day
-- of its visit's rating, wherever that is placed. Paper has no visit.
CREATE TABLE survey_response (
    office_id INTEGER NOT NULL REFERENCES office,
    event_id BLOB NOT NULL CHECK (length(event_id) = 16),
    source TEXT NOT NULL CHECK (source IN ('kiosk', 'page', 'paper')),
    device_id INTEGER,
    visit_serial INTEGER,
    day TEXT NOT NULL,
    hours TEXT,
    service_id INTEGER,
    sex TEXT,
    age TEXT,
    education TEXT,
    occupation TEXT,
    persyaratan INTEGER CHECK (persyaratan BETWEEN 1 AND 4),
    prosedur INTEGER CHECK (prosedur BETWEEN 1 AND 4),
    waktu INTEGER CHECK (waktu BETWEEN 1 AND 4),
    biaya INTEGER CHECK (biaya BETWEEN 1 AND 4),
    produk INTEGER CHECK (produk BETWEEN 1 AND 4),
    kompetensi INTEGER CHECK (kompetensi BETWEEN 1 AND 4),
    perilaku INTEGER CHECK (perilaku BETWEEN 1 AND 4),
    pengaduan INTEGER CHECK (pengaduan BETWEEN 1 AND 4),
    sarana INTEGER CHECK (sarana BETWEEN 1 AND 4),
    PRIMARY KEY (office_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX survey_by_day ON survey_response (office_id, day);
CREATE INDEX survey_by_visit ON survey_response (office_id, device_id, visit_serial) WHERE device_id IS NOT NULL;
-- A form is filled in once for a visit, by however many phones.
CREATE UNIQUE INDEX survey_page ON survey_response (office_id, device_id, visit_serial) WHERE source = 'page';

-- What residents said at the kiosk that their visit was about.
CREATE TABLE named_service (
    office_id INTEGER NOT NULL REFERENCES office,
    device_id INTEGER NOT NULL,
    visit_serial INTEGER NOT NULL,
    service_id INTEGER NOT NULL,
    PRIMARY KEY (office_id, device_id, visit_serial)
) STRICT, WITHOUT ROWID;

-- Files of paper forms that were taken, so that none is taken twice by mistake.
CREATE TABLE survey_sheet (
    office_id INTEGER NOT NULL REFERENCES office,
    file_hash BLOB NOT NULL CHECK (length(file_hash) = 32),
    taken_at_ms INTEGER NOT NULL,
    forms INTEGER NOT NULL,
    PRIMARY KEY (office_id, file_hash)
) STRICT, WITHOUT ROWID;

-- How an office reckons its index: the weight, and how many people it serves in a period, if it told.
CREATE TABLE survey_rule (
    office_id INTEGER PRIMARY KEY REFERENCES office,
    weight TEXT NOT NULL,
    population INTEGER
) STRICT;
