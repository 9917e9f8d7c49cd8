//! What grows must not make the everyday slower: work is counted in steps of SQLite's own machine,
//! which, unlike time, are the same on every computer.

use super::super::{IncomingBatch, IncomingEvent, Meaning, Outcome, RatingFacts};
use super::{SCHEMA, ingest, releases};
use crate::domain::clock::{Anchor, Moment};
use crate::domain::event::{BodyHash, ChainHash, ReasonCode};
use crate::domain::ids::{DeviceId, EventId, OfficeId, VisitId, VisitSerial};
use crate::domain::stars::{Channel, Stars};
use crate::storage;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use uuid::Uuid;

/// How often SQLite reports, in steps.
const GRAIN: i32 = 100;
const DEVICE: u32 = 1;
const OFFICE_WITH_ONE_DEVICE: &str = "
    INSERT INTO office VALUES (1, 'Kantor Uji', 'Asia/Jakarta', '12:00 15:30', NULL);
    INSERT INTO device (office_id, device_id, counter_id, public_key, epoch, enrolled_at_ms, head_hash)
        VALUES (1, 1, 1, zeroblob(32), 7, 0, zeroblob(32));";

struct Desk {
    db: Connection,
    steps: Arc<AtomicU64>,
    seq: u64,
    head: ChainHash,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut db = storage::open(&folder.path().join("server.db"), &SCHEMA).unwrap();
        db.execute_batch(OFFICE_WITH_ONE_DEVICE).unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counted = steps.clone();
        let count = move || {
            counted.fetch_add(u64::try_from(GRAIN).unwrap(), Relaxed);
            false
        };
        db.progress_handler(GRAIN, Some(count)).unwrap();
        Self { db, steps, seq: 0, head: ChainHash::START, _folder: folder }
    }

    fn steps_of(&mut self, work: impl FnOnce(&mut Self)) -> u64 {
        let before = self.steps.load(Relaxed);
        work(self);
        self.steps.load(Relaxed) - before
    }

    /// A hundred ratings of new visits, each with its reason, in one transaction.
    fn ingest(&mut self) {
        let (first_seq, prev_hash) = (self.seq + 1, self.head);
        let events = (0..200).map(|_| self.event()).collect();
        let at = self.now();
        let batch = IncomingBatch {
            device: device(),
            first_seq,
            prev_hash,
            events,
            head_signature: vec![7; 64],
            hole: None,
            anchors: vec![Anchor { boot_id: at.boot_id, boot_ms: at.boot_ms, server_ms: at.wall_ms, error_ms: 20 }],
            awaits: 0,
            sent_at: at,
            received_at_ms: at.wall_ms,
        };
        let step = self.db.unchecked_transaction().unwrap();
        assert!(matches!(ingest::ingest(&step, &batch).unwrap().outcome, Outcome::Joined(_)));
        step.commit().unwrap();
    }

    /// A minute passes between two events.
    fn now(&self) -> Moment {
        let ms = i64::try_from(self.seq).unwrap() * 60_000;
        Moment { boot_id: Uuid::from_u128(1), boot_ms: ms, wall_ms: ms }
    }

    fn event(&mut self) -> IncomingEvent {
        self.seq += 1;
        let (id, body) = (EventId(Uuid::from_u128(self.seq.into())), self.seq.to_string());
        let body_hash = BodyHash::of(body.as_bytes());
        self.head = self.head.next(self.seq, id, body_hash);
        let serial = VisitSerial::try_from(u32::try_from(self.seq.div_ceil(2)).unwrap()).unwrap();
        let visit = VisitId { device: device(), serial };
        let facts = RatingFacts {
            visit,
            stars: Stars::try_from(4).unwrap(),
            channel: Channel::Kiosk,
            officer: Some(1.try_into().unwrap()),
            service: None,
        };
        let reasons = vec![ReasonCode::try_from("ramah".to_owned()).unwrap()];
        let is_rating = self.seq % 2 == 1;
        let meaning = if is_rating { Meaning::Rating(facts) } else { Meaning::Reasoned { visit, reasons } };
        let at = Some(self.now());
        IncomingEvent { seq: self.seq, id, body: Some(body), body_hash, at, meaning }
    }

    fn release(&mut self) {
        releases::release(&self.db, office(), i64::MAX, "2026-11-24".parse().unwrap()).unwrap();
    }
}

fn device() -> DeviceId {
    DEVICE.try_into().unwrap()
}

fn office() -> OfficeId {
    1.try_into().unwrap()
}

#[test]
fn a_batch_and_a_release_cost_the_same_however_much_is_stored() {
    let mut desk = Desk::new();
    // The first ones prepare statements.
    desk.ingest();
    desk.release();
    let early = (desk.steps_of(Desk::ingest), desk.steps_of(Desk::release));
    for _ in 0..30 {
        desk.ingest();
        desk.release();
    }
    let late = (desk.steps_of(Desk::ingest), desk.steps_of(Desk::release));
    assert!(early.0 > 0 && early.1 > 0, "{early:?}");
    let alike = |early: u64, late: u64| late * 10 <= early * 13;
    assert!(alike(early.0, late.0), "a batch took {} steps, then {}", early.0, late.0);
    assert!(alike(early.1, late.1), "a release took {} steps, then {}", early.1, late.1);
}
