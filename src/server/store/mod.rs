//! What the server keeps, in words of the field. Every method is one transaction.
//!
//! Implementations hold no rules: what counts, when to release and who may see what is decided in
//! `domain`, and called from here only where it has to be inside the transaction.

mod batch;
mod flag;
mod proof;
mod rating;
pub mod sqlite;
mod survey;

pub use batch::{Contest, IncomingBatch, IncomingEvent, Ingested, Meaning, Outcome};
pub use flag::{Decision, FlagRow, NewDecision};
pub use proof::{
    ChainRow, CheckpointRow, EpochRow, EventRow, HealthRow, HeldEvent, HoleRow, LedgerEnd, ProvenRating, Repeats,
    SignedHead,
};
pub use rating::{DailyKey, DailyRow, LateEvent, LateRating, RatingFacts, RatingRow, RatingTime, WELL_PLACED_MS};
pub use survey::{NewForm, NewSheet, ProvenSurvey, SheetTaken, SurveyCount, SurveyRow, SurveyRule, SurveyStore};

use crate::domain::clock::Anchor;
use crate::domain::day_card::DayCard;
use crate::domain::event::ChainHash;
use crate::domain::honesty::Released;
use crate::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitId};
use crate::domain::ledger::{NodeHash, ReceiptCode};
use crate::domain::office::{Counter, Office, Officer, Service};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::release::ReleaseSchedule;
use crate::protocol::batch::HexHash;
use async_trait::async_trait;
use ed25519_dalek::VerifyingKey;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::ops::Range;
use uuid::Uuid;

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The thing named does not exist.
    #[error("there is no {0}")]
    Missing(String),
    /// A name that must be unique is taken.
    #[error("{0} exists already: choose another name")]
    Taken(String),
    /// More waits to be written than can wait: try again a little later.
    #[error("the server has more to do than it can: it will take this a little later")]
    Busy,
    /// The store itself failed; the call may be repeated.
    #[error("the database did not answer: {0}")]
    Failed(String),
}

/// Result of a store method.
pub type StoreResult<T> = Result<T, StoreError>;

/// An office with what only the server needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeRow {
    /// As others see it.
    pub office: Office,
    /// When its staff views may change.
    pub releases: ReleaseSchedule,
}

/// A new officer.
#[derive(Clone, Debug)]
pub struct NewOfficer {
    /// Display name.
    pub name: String,
    /// Name for the web log-in, unique in the office.
    pub login: String,
    /// Argon2 hash (PHC) of the PIN for the kiosk.
    pub pin_hash: String,
    /// Argon2 hash (PHC) of the password for the web.
    pub password_hash: String,
    /// Drawn portrait, SVG text.
    pub portrait_svg: String,
}

/// An officer with the hashes that let them in.
#[derive(Clone, Debug)]
pub struct OfficerRow {
    /// The office.
    pub office: OfficeId,
    /// As shown.
    pub officer: Officer,
    /// PIN hash.
    pub pin_hash: String,
    /// Password hash.
    pub password_hash: String,
}

/// An enrolled device.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// The office.
    pub office: OfficeId,
    /// The counter it stands on.
    pub counter: CounterId,
    /// Its id.
    pub device: DeviceId,
    /// The key its requests and tickets are signed with.
    pub key: VerifyingKey,
    /// The epoch of its database.
    pub epoch: u64,
    /// Whether it may no longer speak.
    pub revoked: bool,
    /// Who the same kiosk was before it was enrolled anew, if it proved that.
    pub previous: Option<DeviceId>,
    /// The hash of the configuration it said it uses.
    pub config: Option<HexHash>,
}

/// An enrolled device as an operator sees it.
#[derive(Clone, Debug)]
pub struct DeviceStanding {
    /// The device.
    pub row: DeviceRow,
    /// The name of its counter.
    pub counter_name: String,
    /// Where its chain stands.
    pub cursor: Cursor,
    /// When its last event arrived, ms since 1970.
    pub last_event_ms: Option<i64>,
    /// When it was enrolled, ms since 1970.
    pub enrolled_at_ms: i64,
    /// The version of the configuration it uses, if it was offered by this data.
    pub config_version: Option<u64>,
}

/// Where a device's chain stands on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sequence number expected next; the first is 1.
    pub next_seq: u64,
    /// The chain hash before it.
    pub head: ChainHash,
}

/// After so many wrong tries a one-time code is void.
pub const MOST_WRONG_TRIES: u32 = 5;

/// A one-time code as it is kept: its secret part only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeKey {
    /// The part that names it, unique among the codes that can still be used.
    pub lookup: String,
    /// SHA-256 of the whole tidy code.
    pub hash: [u8; 32],
}

/// A new one-time code for enrolling one device.
#[derive(Clone, Debug)]
pub struct NewEnrolment {
    /// The code.
    pub code: CodeKey,
    /// The office.
    pub office: OfficeId,
    /// The counter the device will stand on.
    pub counter: CounterId,
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// When the code ends, ms since 1970.
    pub expires_at_ms: i64,
}

/// A machine that wants to become a device.
#[derive(Clone, Debug)]
pub struct Enrolling {
    /// The code it gave.
    pub code: CodeKey,
    /// Its key, proven.
    pub key: VerifyingKey,
    /// The epoch of its database.
    pub epoch: u64,
    /// The first event that no server has.
    pub first_seq: u64,
    /// The oldest event it holds.
    pub oldest_seq: u64,
    /// Who it was before.
    pub before: Before,
    /// Now, ms since 1970.
    pub now_ms: i64,
}

/// Who a machine was before it is enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nobody here.
    Nobody,
    /// This device, proven.
    Device(DeviceId),
    /// A device of this server, which lost it: it came back from an older copy of its data.
    Forgotten(DeviceId),
}

/// A device that was just made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Its id.
    pub device: DeviceId,
    /// Where its chain begins.
    pub first_seq: u64,
}

/// Everything the server's use cases need from a database.
#[async_trait]
pub trait Store: SurveyStore {
    // --- the office

    /// Creates an office.
    async fn add_office(&self, name: &str, zone: &str, releases: &ReleaseSchedule) -> StoreResult<OfficeId>;
    /// Keeps when an office is open; nothing where that shall not be known.
    async fn set_hours(&self, office: OfficeId, hours: Option<OpeningHours>) -> StoreResult<()>;
    /// All offices.
    async fn offices(&self) -> StoreResult<Vec<OfficeRow>>;
    /// One office.
    async fn office(&self, office: OfficeId) -> StoreResult<OfficeRow>;
    /// Creates a counter.
    async fn add_counter(&self, office: OfficeId, name: &str) -> StoreResult<CounterId>;
    /// The counters of an office.
    async fn counters(&self, office: OfficeId) -> StoreResult<Vec<Counter>>;
    /// Creates a service.
    async fn add_service(&self, office: OfficeId, code: &str, name: &str) -> StoreResult<ServiceId>;
    /// The services of an office.
    async fn services(&self, office: OfficeId) -> StoreResult<Vec<Service>>;
    /// Creates an officer.
    async fn add_officer(&self, office: OfficeId, new: &NewOfficer) -> StoreResult<OfficerId>;
    /// The officers of an office.
    async fn officers(&self, office: OfficeId) -> StoreResult<Vec<OfficerRow>>;
    /// The officer with this log-in name, in any office.
    async fn officer_by_login(&self, login: &str) -> StoreResult<Option<OfficerRow>>;

    // --- devices

    /// Keeps a one-time code, unless another that can still be used has the same name.
    async fn add_enrolment(&self, new: &NewEnrolment) -> StoreResult<()>;
    /// Uses up a code and creates its device, or `None` if the code is unknown, used, over or void.
    /// A code named rightly with a wrong secret counts a wrong try, and is void after
    /// [`MOST_WRONG_TRIES`].
    async fn enrol(&self, new: &Enrolling) -> StoreResult<Option<Enrolled>>;
    /// A device by its id.
    async fn device(&self, device: DeviceId) -> StoreResult<Option<DeviceRow>>;
    /// All devices of an office.
    async fn devices(&self, office: OfficeId) -> StoreResult<Vec<DeviceStanding>>;
    /// Takes a device's rights away; false if it has none in this office.
    async fn revoke(&self, office: OfficeId, device: DeviceId, now_ms: i64) -> StoreResult<bool>;

    // --- what kiosks are told

    /// What an office decides of its kiosks' settings, in TOML; empty where it decides nothing.
    async fn kiosk_settings(&self, office: OfficeId) -> StoreResult<String>;
    /// Keeps that.
    async fn set_kiosk_settings(&self, office: OfficeId, toml: &str) -> StoreResult<()>;
    /// The version of what kiosks are told: one more than before where this digest is not the last one's.
    async fn config_version(&self, office: OfficeId, digest: [u8; 32]) -> StoreResult<u64>;
    /// Keeps which version a kiosk is offered under this hash.
    async fn keep_bundle(&self, office: OfficeId, hash: HexHash, version: u64) -> StoreResult<()>;
    /// Keeps which configuration a device says it uses.
    async fn note_config(&self, office: OfficeId, device: DeviceId, hash: HexHash) -> StoreResult<()>;

    // --- events and ratings

    /// The officers whom events of this office may name.
    async fn officer_ids(&self, office: OfficeId) -> StoreResult<BTreeSet<OfficerId>>;
    /// Takes a batch, all or nothing: events, ratings and which of them count, roll-ups, anchors, the
    /// ledger, and the device's cursor.
    async fn ingest(&self, batch: IncomingBatch) -> StoreResult<Ingested>;
    /// Takes a rating given by QR code, unless the visit has one that was not taken back.
    async fn rate_late(&self, office: OfficeId, new: &LateEvent) -> StoreResult<LateRating>;
    /// Whether a visit has a rating that was not taken back.
    async fn is_rated(&self, office: OfficeId, visit: VisitId) -> StoreResult<bool>;
    /// When the QR code of a visit was shown at the latest, by the server's clock, if that is known by now.
    async fn opened_at(&self, office: OfficeId, visit: VisitId) -> StoreResult<Option<i64>>;
    /// All ratings of an office, counted or not.
    async fn ratings(&self, office: OfficeId) -> StoreResult<Vec<RatingRow>>;
    /// The roll-ups of an office.
    async fn dailies(&self, office: OfficeId) -> StoreResult<Vec<DailyRow>>;
    /// The events kept aside, with the reasons.
    async fn parked(&self, office: OfficeId) -> StoreResult<Vec<(EventId, String)>>;
    /// The events that reuse an id with other bytes.
    async fn conflicts(&self, office: OfficeId) -> StoreResult<Vec<EventRow>>;
    /// The reports of kiosks, received since `since_ms`, that a person should see.
    async fn alarms(&self, office: OfficeId, since_ms: i64) -> StoreResult<Vec<HealthRow>>;

    // --- the ledger

    /// Where the office's ledger stands.
    async fn ledger_end(&self, office: OfficeId) -> StoreResult<LedgerEnd>;
    /// The proof that the ledger of `new_size` leaves continues that of `old_size`.
    async fn consistency_proof(&self, office: OfficeId, old_size: u64, new_size: u64) -> StoreResult<Vec<NodeHash>>;
    /// One tile of the ledger.
    async fn tile(&self, office: OfficeId, level: u8, index: u64) -> StoreResult<Option<Vec<NodeHash>>>;
    /// Keeps a signed checkpoint, unless there is one of this size.
    async fn keep_checkpoint(&self, office: OfficeId, checkpoint: &CheckpointRow) -> StoreResult<()>;
    /// The checkpoints kept, smallest first.
    async fn checkpoints(&self, office: OfficeId) -> StoreResult<Vec<CheckpointRow>>;
    /// The epochs that began with a restored copy.
    async fn epochs(&self, office: OfficeId) -> StoreResult<Vec<EpochRow>>;
    /// Whether the answer with this code is a leaf of the ledger.
    async fn is_included(&self, office: OfficeId, receipt: ReceiptCode) -> StoreResult<bool>;
    /// The code of the answer given to a visit by QR code.
    async fn late_receipt(&self, office: OfficeId, visit: VisitId) -> StoreResult<Option<ReceiptCode>>;

    // --- for auditors, in pages of at most `most` rows

    /// All chains of an office, the server's own first.
    async fn chains(&self, office: OfficeId) -> StoreResult<Vec<ChainRow>>;
    /// The links of all chains, by device and place, after this one.
    async fn events_after(&self, office: OfficeId, after: (DeviceId, u64), most: u32) -> StoreResult<Vec<EventRow>>;
    /// The signed ends of a chain after this place.
    async fn heads_after(
        &self,
        office: OfficeId,
        device: DeviceId,
        after_seq: u64,
        most: u32,
    ) -> StoreResult<Vec<SignedHead>>;
    /// The holes of a chain.
    async fn holes(&self, office: OfficeId, device: DeviceId) -> StoreResult<Vec<HoleRow>>;
    /// The ratings beside their events, by visit, after this one.
    async fn ratings_after(
        &self,
        office: OfficeId,
        after: Option<(VisitId, EventId)>,
        most: u32,
    ) -> StoreResult<Vec<ProvenRating>>;
    /// The anchors of a boot.
    async fn anchors(&self, office: OfficeId, boot: Uuid) -> StoreResult<Vec<Anchor>>;
    /// What is held of a part of a device's chain.
    async fn held_events(&self, device: &DeviceRow, first_seq: u64, last_seq: u64) -> StoreResult<Vec<HeldEvent>>;
    /// All answers to these visits, counted or not.
    async fn answers_to(&self, office: OfficeId, visits: &[VisitId]) -> StoreResult<Vec<RatingRow>>;

    // --- releases and cards

    /// Releases, for every officer with enough of them, the counted ratings received up to `slot_ms`.
    /// Returns how many officers got a release. A second call for the same slot does nothing new.
    async fn release(&self, office: OfficeId, slot_ms: i64, day: Date) -> StoreResult<u32>;
    /// An officer's card of a day.
    async fn day_card(&self, office: OfficeId, officer: OfficerId, day: Date) -> StoreResult<DayCard>;

    // --- ratings that may not come from residents

    /// The counters and civil days of ratings received since then.
    async fn counter_days(&self, office: OfficeId, since_ms: i64) -> StoreResult<Vec<(CounterId, Date)>>;
    /// The ratings given at a counter from one moment to before another, beside their events.
    async fn counter_ratings(
        &self,
        office: OfficeId,
        counter: CounterId,
        span_ms: Range<i64>,
    ) -> StoreResult<Vec<ProvenRating>>;
    /// The bodies of events received since then in which officers signed on or off at a counter, in order.
    async fn duties(&self, office: OfficeId, counter: CounterId, since_ms: i64) -> StoreResult<Vec<String>>;
    /// Keeps flags; those a person decided about stay as they were.
    async fn keep_flags(&self, office: OfficeId, flags: Vec<FlagRow>) -> StoreResult<()>;
    /// All flags of an office, newest day first.
    async fn flags(&self, office: OfficeId) -> StoreResult<Vec<FlagRow>>;
    /// Decides about flags, and adds the decision to the ledger.
    async fn decide(&self, office: OfficeId, new: NewDecision) -> StoreResult<()>;
    /// An officer's released ratings, and those that the second figure leaves out.
    async fn released(&self, office: OfficeId, officer: OfficerId) -> StoreResult<Vec<Released>>;
    /// All ratings that the second figure leaves out.
    async fn left_out(&self, office: OfficeId) -> StoreResult<Vec<EventId>>;

    // --- log-ins

    /// Keeps a log-in; only the hash of its secret is known here.
    async fn add_login(&self, token_hash: [u8; 32], officer: &OfficerRow, now_ms: i64) -> StoreResult<()>;
    /// Whose log-in this is, if it was used after `idle_since_ms` and begun after `begun_since_ms`; notes the use.
    async fn use_login(
        &self,
        token_hash: [u8; 32],
        now_ms: i64,
        idle_since_ms: i64,
        begun_since_ms: i64,
    ) -> StoreResult<Option<OfficerRow>>;
    /// Forgets a log-in.
    async fn end_login(&self, token_hash: [u8; 32]) -> StoreResult<()>;

    // --- the server itself

    /// The secret key that signs replies, made by `make` at the first call.
    async fn signing_key(&self, make: [u8; 32]) -> StoreResult<[u8; 32]>;
    /// Random number of this data, made from `make` at the first call.
    async fn data_epoch(&self, make: u64) -> StoreResult<u64>;
    /// Begins a new epoch, as after restoring a copy: every office's ledger gets a new origin.
    async fn begin_data_epoch(&self, epoch: u64, now_ms: i64) -> StoreResult<()>;
}
