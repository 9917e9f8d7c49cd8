//! Somebody with the server's database and its signing key changes what it holds of one kiosk.

use super::Dice;
use rusqlite::{Connection, Params, params};
use suara_loket::domain::event::{BodyHash, ChainHash};
use suara_loket::domain::ids::{EventId, OfficeId};
use suara_loket::domain::ledger::{Leaf, MemoryTiles, NodeHash, append};
use uuid::Uuid;

/// The kiosk whose rows are forged.
pub struct Forger<'a> {
    pub db: &'a Connection,
    pub office: OfficeId,
    pub device: u32,
    /// Another kiosk of the office.
    pub other: u32,
    pub dice: Dice,
}

/// How the kiosk has to tell of a forgery.
#[derive(Clone, Debug)]
pub enum Expected {
    /// By the place of one of these events.
    Places(Vec<i64>),
    /// As something wrong with the ledger.
    Ledger,
    /// As a history that is not its own.
    Fork,
}

pub type Forgery = fn(&mut Forger<'_>) -> Expected;

pub const KINDS: [(&str, Forgery); 25] = [
    ("event deleted", |f| f.any_event("DELETE FROM event WHERE device_id = ?1 AND seq = ?2")),
    ("event moved to another kiosk", |f| {
        let moved = format!("UPDATE event SET device_id = {}, seq = seq + 100000", f.other);
        f.any_event(&format!("{moved} WHERE device_id = ?1 AND seq = ?2"))
    }),
    ("event under another id", |f| {
        f.any_event("UPDATE event SET event_id = randomblob(16) WHERE device_id = ?1 AND seq = ?2")
    }),
    ("content removed", |f| f.any_event("UPDATE event SET body = NULL WHERE device_id = ?1 AND seq = ?2")),
    ("content erased as if its time were over", |f| {
        f.any_event("UPDATE event SET body = NULL, erased_at_ms = 1 WHERE device_id = ?1 AND seq = ?2")
    }),
    ("content changed", |f| f.change_content(false)),
    ("content changed with its hash", |f| f.change_content(true)),
    ("two events swapped", |f| f.swap_events()),
    ("leaf taken from its event", |f| {
        f.any_event("UPDATE event SET leaf_index = NULL WHERE device_id = ?1 AND seq = ?2")
    }),
    ("leaf changed in its tile", |f| f.change_leaf()),
    ("leaf taken out of the ledger", |f| f.remove_leaf()),
    ("ledger cut short", |f| f.cut_ledger()),
    ("ledger rewritten over a forged rating", |f| f.forge_everywhere(false)),
    ("chain and ledger rewritten over a forged rating", |f| f.forge_everywhere(true)),
    ("end of the chain changed", |f| {
        f.run("UPDATE device SET head_hash = randomblob(32) WHERE device_id = ?1", [f.device]);
        Expected::Fork
    }),
    ("rating deleted", |f| f.any_rating("DELETE FROM rating")),
    ("stars changed", |f| f.any_rating("UPDATE rating SET stars = stars % 5 + 1")),
    ("officer changed", |f| f.any_rating("UPDATE rating SET officer_id = coalesce(officer_id % 2 + 1, 1)")),
    ("service changed", |f| f.any_rating("UPDATE rating SET service_id = 1")),
    ("visit changed", |f| f.any_rating("UPDATE rating SET visit_serial = visit_serial + 100000")),
    ("counting changed", |f| f.any_rating("UPDATE rating SET counted = 1 - counted")),
    ("taking back changed", |f| f.any_rating("UPDATE rating SET undone = 1 - undone")),
    ("two ratings swapped", |f| f.swap_ratings()),
    ("answer invented in its place", |f| f.invent_answer(0)),
    ("answer invented beside it", |f| f.invent_answer(1)),
];

impl Forger<'_> {
    fn run(&self, sql: &str, values: impl Params) {
        assert!(self.db.execute(sql, values).unwrap() > 0, "{sql} changes nothing");
    }

    /// One of this kiosk's places, by lot; `?1` is the kiosk.
    fn draw<T: rusqlite::types::FromSql + Copy>(&mut self, sql: &str) -> T {
        let mut statement = self.db.prepare(sql).unwrap();
        let found = statement.query_map([self.device], |row| row.get(0)).unwrap();
        let found: Vec<T> = found.collect::<Result<_, _>>().unwrap();
        *self.dice.pick(&found)
    }

    fn draw_event(&mut self) -> i64 {
        self.draw("SELECT seq FROM event WHERE device_id = ?1 AND body IS NOT NULL ORDER BY seq")
    }

    fn draw_rating(&mut self) -> i64 {
        self.draw("SELECT seq FROM event WHERE device_id = ?1 AND body ->> 'kind' = 'rated' ORDER BY seq")
    }

    fn id(&self, seq: i64) -> [u8; 16] {
        let sql = "SELECT event_id FROM event WHERE device_id = ?1 AND seq = ?2";
        self.db.query_row(sql, params![self.device, seq], |row| row.get(0)).unwrap()
    }

    fn any_event(&mut self, sql: &str) -> Expected {
        let seq = self.draw_event();
        self.run(sql, params![self.device, seq]);
        Expected::Places(vec![seq])
    }

    fn any_rating(&mut self, change: &str) -> Expected {
        let seq = self.draw_rating();
        self.run(&format!("{change} WHERE event_id = ?1"), [self.id(seq)]);
        Expected::Places(vec![seq])
    }

    fn body(&self, seq: i64) -> String {
        let sql = "SELECT body FROM event WHERE device_id = ?1 AND seq = ?2";
        self.db.query_row(sql, params![self.device, seq], |row| row.get(0)).unwrap()
    }

    fn set_body(&self, seq: i64, body: &str) {
        let sql = "UPDATE event SET body = ?3, body_hash = ?4 WHERE device_id = ?1 AND seq = ?2";
        self.run(sql, params![self.device, seq, body, BodyHash::of(body.as_bytes()).0]);
    }

    /// Another digit in the salt: it reads as before, and says the same.
    fn change_content(&mut self, with_hash: bool) -> Expected {
        let seq = self.draw_event();
        let body = self.body(seq);
        let at = body.find("\"salt\":\"").unwrap() + 8;
        let digit = if &body[at..=at] == "f" { "e" } else { "f" };
        let changed = format!("{}{digit}{}", &body[..at], &body[at + 1..]);
        if with_hash {
            self.set_body(seq, &changed);
        } else {
            self.run(
                "UPDATE event SET body = ?3 WHERE device_id = ?1 AND seq = ?2",
                params![self.device, seq, changed],
            );
        }
        Expected::Places(vec![seq])
    }

    fn swap_events(&mut self) -> Expected {
        let (one, two) = self.two(Self::draw_event);
        for (from, to) in [(one, -1), (two, one), (-1, two)] {
            self.run("UPDATE event SET seq = ?3 WHERE device_id = ?1 AND seq = ?2", params![self.device, from, to]);
        }
        Expected::Places(vec![one, two])
    }

    /// Each then answers the visit of the other.
    fn swap_ratings(&mut self) -> Expected {
        let visit = |f: &Self, seq| {
            let sql = "SELECT visit_serial FROM rating WHERE event_id = ?1";
            f.db.query_row(sql, [f.id(seq)], |row| row.get::<_, i64>(0)).unwrap()
        };
        let (one, two) = loop {
            let (one, two) = self.two(Self::draw_rating);
            if visit(self, one) != visit(self, two) {
                break (one, two);
            }
        };
        let visits = [(one, visit(self, two)), (two, visit(self, one))];
        for (seq, visit) in visits {
            self.run("UPDATE rating SET visit_serial = ?2 WHERE event_id = ?1", params![self.id(seq), visit]);
        }
        Expected::Places(vec![one, two])
    }

    fn two(&mut self, draw: fn(&mut Self) -> i64) -> (i64, i64) {
        let one = draw(self);
        loop {
            let two = draw(self);
            if two != one {
                return (one, two);
            }
        }
    }

    /// A row that no event made answers a visit whose code was never shown.
    fn invent_answer(&mut self, counted: u8) -> Expected {
        let seq = self.draw(
            "SELECT seq FROM event AS e WHERE device_id = ?1 AND body ->> 'kind' = 'rated'
                AND body ->> 'visit' NOT IN (SELECT body ->> 'visit' FROM event
                    WHERE device_id = ?1 AND body ->> 'kind' = 'visit_opened')
                AND (SELECT counted FROM rating WHERE event_id = e.event_id) = 1 ORDER BY seq",
        );
        self.db.execute_batch("CREATE TEMP TABLE copied AS SELECT * FROM rating").unwrap();
        self.run("DELETE FROM copied WHERE event_id <> ?1", [self.id(seq)]);
        self.run("UPDATE copied SET event_id = randomblob(16), stars = stars % 5 + 1, counted = 1", []);
        self.run("INSERT INTO rating SELECT * FROM copied", []);
        self.run("UPDATE rating SET counted = ?2 WHERE event_id = ?1", params![self.id(seq), counted]);
        Expected::Places(vec![seq])
    }

    fn change_leaf(&mut self) -> Expected {
        let leaf: i64 = self.draw("SELECT leaf_index FROM event WHERE device_id = ?1 AND leaf_index IS NOT NULL");
        let (tile, place) = (leaf / 256, usize::try_from(leaf % 256).unwrap() * 32);
        let sql = "SELECT hashes FROM ledger_tile WHERE level = 0 AND tile = ?1";
        let mut hashes: Vec<u8> = self.db.query_row(sql, [tile], |row| row.get(0)).unwrap();
        self.dice.fill(&mut hashes[place..place + 32]);
        self.run("UPDATE ledger_tile SET hashes = ?2 WHERE level = 0 AND tile = ?1", params![tile, hashes]);
        Expected::Ledger
    }

    /// All leaves, as the events are now.
    fn leaves(&self) -> Vec<NodeHash> {
        let sql = "SELECT event.device_id, seq, event_id, body_hash, coalesce(epoch, 0) FROM event
                   LEFT JOIN device ON device.device_id = event.device_id
                   WHERE leaf_index IS NOT NULL ORDER BY leaf_index";
        let mut statement = self.db.prepare(sql).unwrap();
        let leaves = statement.query_map([], |row| {
            let (device, seq, epoch) = (row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(4)?);
            let event = EventId(Uuid::from_bytes(row.get(2)?));
            let (seq, epoch) = (seq.unsigned_abs(), epoch.unsigned_abs());
            Ok(Leaf { office: self.office, device, seq, event, body_hash: row.get(3)?, epoch }.hash())
        });
        leaves.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The ledger made anew of these leaves; the server will sign its end with its own key.
    fn write_ledger(&self, leaves: &[NodeHash]) {
        let grown = append(&MemoryTiles::default(), 0, leaves).unwrap();
        self.run("DELETE FROM ledger_tile", []);
        for tile in grown.tiles {
            let index = i64::try_from(tile.index).unwrap();
            let values = params![self.office.get(), tile.level, index, NodeHash::concat(&tile.hashes)];
            self.run("INSERT INTO ledger_tile VALUES (?1, ?2, ?3, ?4)", values);
        }
        let size = i64::try_from(grown.size).unwrap();
        self.run("UPDATE ledger SET size = ?1, root = ?2, receipts = 0", params![size, grown.root.0]);
    }

    fn remove_leaf(&mut self) -> Expected {
        let mut leaves = self.leaves();
        let leaf: i64 = self.draw("SELECT leaf_index FROM event WHERE device_id = ?1 AND leaf_index IS NOT NULL");
        leaves.remove(usize::try_from(leaf).unwrap());
        self.run("UPDATE event SET leaf_index = NULL WHERE leaf_index = ?1", [leaf]);
        // One step at a time: no two events may share a leaf even for a moment.
        let later: Vec<i64> = {
            let sql = "SELECT leaf_index FROM event WHERE leaf_index > ?1 ORDER BY leaf_index";
            let mut statement = self.db.prepare(sql).unwrap();
            statement.query_map([leaf], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        for index in later {
            self.run("UPDATE event SET leaf_index = leaf_index - 1 WHERE leaf_index = ?1", [index]);
        }
        self.write_ledger(&leaves);
        Expected::Ledger
    }

    fn cut_ledger(&mut self) -> Expected {
        let leaves = self.leaves();
        // What comes after its own last leaf, this kiosk may not have witnessed yet.
        let sql = "SELECT max(leaf_index) FROM event WHERE device_id = ?1";
        let last: i64 = self.db.query_row(sql, [self.device], |row| row.get(0)).unwrap();
        let size = usize::try_from(last).unwrap() - self.dice.index(leaves.len() / 4);
        self.run("UPDATE event SET leaf_index = NULL WHERE leaf_index >= ?1", [i64::try_from(size).unwrap()]);
        self.write_ledger(&leaves[..size]);
        Expected::Ledger
    }

    /// One rating becomes another in its event, its hash, its row and the ledger; perhaps in the chain, too.
    fn forge_everywhere(&mut self, with_chain: bool) -> Expected {
        let seq = self.draw_rating();
        let body = self.body(seq);
        let at = body.find("\"stars\":").unwrap() + 8;
        let stars = if &body[at..=at] == "5" { "1" } else { "5" };
        self.set_body(seq, &format!("{}{stars}{}", &body[..at], &body[at + 1..]));
        let stars: u8 = stars.parse().unwrap();
        self.run("UPDATE rating SET stars = ?2 WHERE event_id = ?1", params![self.id(seq), stars]);
        self.write_ledger(&self.leaves());
        if !with_chain {
            return Expected::Ledger;
        }
        self.write_chain();
        Expected::Fork
    }

    /// The last events never were: rows, ratings, signatures and cursor go back together; returns how many.
    pub fn cut_chain(&mut self) -> usize {
        let end = self.draw_event();
        let later = "device_id = ?1 AND seq > ?2";
        let of_later = format!("event_id IN (SELECT event_id FROM event WHERE {later})");
        self.db.execute(&format!("DELETE FROM rating WHERE {of_later}"), params![self.device, end]).unwrap();
        let mut cut = 0;
        for table in ["head_signature", "health", "event"] {
            cut = self.db.execute(&format!("DELETE FROM {table} WHERE {later}"), params![self.device, end]).unwrap();
        }
        self.run("UPDATE device SET next_seq = ?2 WHERE device_id = ?1", params![self.device, end + 1]);
        self.write_chain();
        cut
    }

    fn write_chain(&self) {
        let sql = "SELECT seq, event_id, body_hash FROM event WHERE device_id = ?1 ORDER BY seq";
        let mut statement = self.db.prepare(sql).unwrap();
        let links = statement.query_map([self.device], |row| {
            let id = EventId(Uuid::from_bytes(row.get(1)?));
            Ok((row.get::<_, i64>(0)?, id, BodyHash(row.get(2)?)))
        });
        let mut head = ChainHash::START;
        for (seq, id, hash) in links.unwrap().map(Result::unwrap) {
            head = head.next(seq.unsigned_abs(), id, hash);
            let sql = "UPDATE head_signature SET head_hash = ?3 WHERE device_id = ?1 AND seq = ?2";
            self.db.execute(sql, params![self.device, seq, head.0]).unwrap();
        }
        self.run("UPDATE device SET head_hash = ?2 WHERE device_id = ?1", params![self.device, head.0]);
    }
}
