//! A fresh store with one office, two officers and one device, and events to feed it.

use ed25519_dalek::SigningKey;
use std::sync::Arc;
use suara_loket::domain::clock::TimeQuality;
use suara_loket::domain::event::{BodyHash, ChainHash};
use suara_loket::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, VisitId, VisitSerial};
use suara_loket::domain::stars::{Channel, Stars};
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::server::store::{
    CodeKey, Enrolling, IncomingBatch, IncomingEvent, Ingested, Meaning, NewEnrolment, NewOfficer, RatingFacts, Store,
};
use uuid::Uuid;

/// About what a kiosk's event takes.
const BODY_BYTES: usize = 280;

pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub office: OfficeId,
    pub counter: CounterId,
    pub officers: [OfficerId; 2],
    pub device: DeviceId,
    _folder: tempfile::TempDir,
}

/// The stores the suite runs on.
fn open(folder: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder).unwrap())
}

pub async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let office = store.add_office("Kantor Uji", "Asia/Jakarta", &"12:00 15:30".parse().unwrap()).await.unwrap();
    let counter = store.add_counter(office, "Loket 1").await.unwrap();
    let officers = [officer(&*store, office, "rani").await, officer(&*store, office, "dedi").await];
    let device = enrol(&*store, office, counter, 1).await;
    Fixture { store, office, counter, officers, device, _folder: folder }
}

async fn officer(store: &dyn Store, office: OfficeId, login: &str) -> OfficerId {
    let new = NewOfficer {
        name: login.to_uppercase(),
        login: login.to_owned(),
        pin_hash: "p".to_owned(),
        password_hash: "w".to_owned(),
        portrait_svg: "<svg/>".to_owned(),
    };
    store.add_officer(office, &new).await.unwrap()
}

pub async fn enrol(store: &dyn Store, office: OfficeId, counter: CounterId, code: u8) -> DeviceId {
    let new = NewEnrolment { code: code_key(code), office, counter, now_ms: 0, expires_at_ms: 1_000 };
    store.add_enrolment(&new).await.unwrap();
    store.enrol(&enrolling(code, 0)).await.unwrap().unwrap().device
}

/// A code as the store keeps it; the name is that of the seed.
pub fn code_key(seed: u8) -> CodeKey {
    CodeKey { lookup: format!("{seed:04}"), hash: [seed; 32] }
}

/// A machine with the code and the key of this seed.
pub fn enrolling(seed: u8, now_ms: i64) -> Enrolling {
    Enrolling { code: code_key(seed), key: key(seed), epoch: 7, first_seq: 1, previous: None, now_ms }
}

pub fn key(seed: u8) -> ed25519_dalek::VerifyingKey {
    SigningKey::from_bytes(&[seed; 32]).verifying_key()
}

pub fn event_id(n: u128) -> EventId {
    EventId(Uuid::from_u128(n))
}

pub fn stars(n: u8) -> Stars {
    Stars::try_from(n).unwrap()
}

/// A device's events, chained as a kiosk would.
pub struct Chain {
    device: DeviceId,
    pub seq: u64,
    pub head: ChainHash,
}

impl Chain {
    pub fn of(device: DeviceId) -> Self {
        Self { device, seq: 0, head: ChainHash::START }
    }

    /// The next batch of these events, received at `received_at_ms`.
    pub fn batch(&mut self, meanings: Vec<Meaning>, received_at_ms: i64) -> IncomingBatch {
        let (first_seq, prev_hash) = (self.seq + 1, self.head);
        let events = meanings.into_iter().map(|meaning| self.event(meaning)).collect();
        IncomingBatch { device: self.device, first_seq, prev_hash, events, received_at_ms }
    }

    fn event(&mut self, meaning: Meaning) -> IncomingEvent {
        self.seq += 1;
        let id = event_id(u128::from(self.device.get()) << 64 | u128::from(self.seq));
        let body = format!("{{\"n\":{:0BODY_BYTES$}}}", self.seq);
        let body_hash = BodyHash::of(body.as_bytes());
        self.head = self.head.next(self.seq, id, body_hash);
        IncomingEvent { seq: self.seq, id, body: Some(body), body_hash, meaning }
    }
}

pub fn facts(device: DeviceId, visit: u32, n: u8, officer: Option<OfficerId>, occurred_at_ms: i64) -> RatingFacts {
    RatingFacts {
        visit: VisitId { device, serial: VisitSerial::try_from(visit).unwrap() },
        stars: stars(n),
        channel: Channel::Kiosk,
        officer,
        service: None,
        occurred_at_ms,
        quality: TimeQuality::Exact,
    }
}

pub fn verdicts(ingested: Ingested) -> Vec<suara_loket::protocol::batch::Verdict> {
    match ingested {
        Ingested::Joined { verdicts, .. } => verdicts,
        other => panic!("{other:?}"),
    }
}
