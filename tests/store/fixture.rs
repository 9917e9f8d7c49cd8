//! A fresh store with one office, two officers and one device, and events to feed it.

use ed25519_dalek::SigningKey;
use std::sync::Arc;
use suara_loket::domain::clock::{Anchor, Moment};
use suara_loket::domain::event::{BODY_VERSION, BodyHash, ChainHash, EventBody, Salt, Signals, What};
use suara_loket::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, VisitId, VisitSerial};
use suara_loket::domain::stars::{Channel, Stars};
use suara_loket::protocol::batch::{Verdict, sign_head};
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::server::store::{
    Before, CodeKey, Contest, Enrolling, IncomingBatch, IncomingEvent, Ingested, LateEvent, Meaning, NewEnrolment,
    NewOfficer, Outcome, RatingFacts, Store,
};
use uuid::Uuid;

/// The epoch of every device here.
pub const EPOCH: u64 = 7;

pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub office: OfficeId,
    pub counter: CounterId,
    pub officers: [OfficerId; 2],
    pub device: DeviceId,
    pub folder: tempfile::TempDir,
}

/// The stores the suite runs on.
pub fn open(folder: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder).unwrap())
}

pub async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let office = store.add_office("Kantor Uji", "Asia/Jakarta", &"12:00 15:30".parse().unwrap()).await.unwrap();
    let counter = store.add_counter(office, "Loket 1").await.unwrap();
    let officers = [officer(&*store, office, "rani").await, officer(&*store, office, "dedi").await];
    let device = enrol(&*store, office, counter, 1).await;
    Fixture { store, office, counter, officers, device, folder }
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
    let (code, key, before) = (code_key(seed), key(seed), Before::Nobody);
    Enrolling { code, key, epoch: EPOCH, first_seq: 1, oldest_seq: 1, before, now_ms }
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

/// The moment `ms` of a boot whose wall clock is right.
pub fn moment(boot: u128, ms: i64) -> Moment {
    Moment { boot_id: Uuid::from_u128(boot), boot_ms: ms, wall_ms: ms }
}

/// What the server's time was at this moment of that boot.
pub fn anchor(boot: u128, ms: i64) -> Anchor {
    Anchor { boot_id: Uuid::from_u128(boot), boot_ms: ms, server_ms: ms, error_ms: 0 }
}

/// An event to be recorded.
pub struct Given {
    pub meaning: Meaning,
    pub at: Moment,
}

impl Given {
    /// In the boot that every batch has an anchor of.
    pub fn at(meaning: Meaning, at_ms: i64) -> Self {
        Self { meaning, at: moment(1, at_ms) }
    }

    /// What the kiosk writes down. What is parked, it says in a way nobody understands.
    fn body(&self, seq: u64, sender: DeviceId) -> String {
        let (device, what) = match &self.meaning {
            Meaning::Opened(visit) => {
                (visit.device, What::VisitOpened { visit: visit.serial, officer: None, service: None })
            }
            Meaning::Rating(facts) => {
                let RatingFacts { visit, stars, officer, service, .. } = *facts;
                (
                    visit.device,
                    What::Rated { visit: visit.serial, stars, officer, service, signals: Signals::default() },
                )
            }
            Meaning::Undone { visit, rating } => (visit.device, What::Undone { visit: visit.serial, rating: *rating }),
            Meaning::Reasoned { visit, reasons } => {
                (visit.device, What::Reasoned { visit: visit.serial, reasons: reasons.clone() })
            }
            Meaning::ServiceNamed { visit, service } => {
                (visit.device, What::ServiceNamed { visit: visit.serial, service: *service })
            }
            Meaning::Answered { visit, element, answer } => {
                let (element, answer) = (*element, Some(*answer));
                (visit.device, What::Asked { visit: visit.serial, element, answer })
            }
            Meaning::Released { device, release } => (*device, What::Released(release.clone())),
            Meaning::Contested(Contest { device, officer, span_minutes, reason }) => {
                let (officer, span_minutes, reason) = (*officer, *span_minutes, *reason);
                (*device, What::Contested { officer, span_minutes, reason })
            }
            Meaning::Health(report) => (sender, What::Health(report.clone())),
            Meaning::Other => (sender, What::VisitServed { visit: None, officer: None, service: None }),
            Meaning::Parked(_) => return format!("{{\"odd\":{seq}}}"),
        };
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&seq.to_be_bytes());
        let body = EventBody { v: BODY_VERSION, salt: Salt(salt), device: Some(device), at: self.at, what };
        serde_json::to_string(&body).unwrap()
    }
}

pub fn rated(facts: RatingFacts, at_ms: i64) -> Given {
    Given::at(Meaning::Rating(facts), at_ms)
}

pub fn other() -> Given {
    Given::at(Meaning::Other, 10)
}

pub fn parked() -> Given {
    Given::at(Meaning::Parked("too new".to_owned()), 10)
}

fn serial(n: u32) -> VisitSerial {
    VisitSerial::try_from(n).unwrap()
}

/// A device's events, chained and signed as a kiosk would.
pub struct Chain {
    pub device: DeviceId,
    key: SigningKey,
    pub seq: u64,
    pub head: ChainHash,
}

impl Chain {
    /// Of the fixture's first device.
    pub fn of(device: DeviceId) -> Self {
        Self::with_key(device, 1)
    }

    /// Of a device with the key of this seed.
    pub fn with_key(device: DeviceId, seed: u8) -> Self {
        Self { device, key: SigningKey::from_bytes(&[seed; 32]), seq: 0, head: ChainHash::START }
    }

    /// The next batch of these events, received at `received_at_ms`.
    pub fn batch(&mut self, given: Vec<Given>, received_at_ms: i64) -> IncomingBatch {
        let (first_seq, prev_hash) = (self.seq + 1, self.head);
        let events = given.into_iter().map(|given| self.event(given)).collect();
        self.of_events(first_seq, prev_hash, events, received_at_ms)
    }

    /// A batch of these events, signed.
    pub fn of_events(
        &self,
        first_seq: u64,
        prev_hash: ChainHash,
        events: Vec<IncomingEvent>,
        received_at_ms: i64,
    ) -> IncomingBatch {
        let mut batch = IncomingBatch {
            device: self.device,
            first_seq,
            prev_hash,
            events,
            head_signature: Vec::new(),
            hole: None,
            anchors: vec![anchor(1, received_at_ms)],
            awaits: 0,
            sent_at: moment(1, received_at_ms),
            received_at_ms,
        };
        self.sign(&mut batch);
        batch
    }

    /// Signs a batch that was changed.
    pub fn sign(&self, batch: &mut IncomingBatch) {
        let signature = sign_head(&self.key, self.device, EPOCH, batch.next_seq() - 1, batch.end());
        batch.head_signature = data_encoding::HEXLOWER.decode(signature.as_bytes()).unwrap();
    }

    /// A batch without events or anchors: where does the server stand?
    pub fn question(&self, received_at_ms: i64) -> IncomingBatch {
        let mut batch = self.of_events(self.seq + 1, self.head, Vec::new(), received_at_ms);
        batch.anchors.clear();
        batch
    }

    /// The next event, with an id of its own.
    pub fn event(&mut self, given: Given) -> IncomingEvent {
        let id = event_id(u128::from(self.device.get()) << 64 | u128::from(self.seq + 1));
        let body = given.body(self.seq + 1, self.device);
        self.link(id, body, given)
    }

    /// The next link, of an event with this id and these bytes.
    pub fn link(&mut self, id: EventId, body: String, given: Given) -> IncomingEvent {
        self.seq += 1;
        let body_hash = BodyHash::of(body.as_bytes());
        self.head = self.head.next(self.seq, id, body_hash);
        let at = if matches!(given.meaning, Meaning::Parked(_)) { None } else { Some(given.at) };
        IncomingEvent { seq: self.seq, id, body: Some(body), body_hash, at, meaning: given.meaning }
    }
}

/// What the kiosk sends of an event whose bytes it withholds.
pub fn withheld(event: &IncomingEvent) -> IncomingEvent {
    let meaning = Meaning::Parked("the kiosk withholds it".to_owned());
    IncomingEvent { body: None, at: None, meaning, ..event.clone() }
}

pub fn visit(device: DeviceId, n: u32) -> VisitId {
    VisitId { device, serial: serial(n) }
}

pub fn facts(device: DeviceId, n: u32, given: u8, officer: Option<OfficerId>) -> RatingFacts {
    RatingFacts { visit: visit(device, n), stars: stars(given), channel: Channel::Kiosk, officer, service: None }
}

/// A rating on the page behind the QR code of a visit.
pub fn late(id: u128, facts: RatingFacts, at_ms: i64) -> LateEvent {
    let facts = RatingFacts { channel: Channel::Qr, ..facts };
    let RatingFacts { visit, stars, channel, officer, service } = facts;
    let what = What::RatedLater { visit: visit.serial, stars, officer, service, channel };
    let salt = Salt(id.to_be_bytes());
    let body = EventBody { v: BODY_VERSION, salt, device: Some(visit.device), at: moment(0, at_ms), what };
    LateEvent { id: event_id(id), body: serde_json::to_string(&body).unwrap(), facts, at_ms }
}

pub fn verdicts(ingested: Ingested) -> Vec<Verdict> {
    match ingested.outcome {
        Outcome::Joined(verdicts) => verdicts,
        other => panic!("{other:?}"),
    }
}
