//! What proves that nothing was removed or changed: chains, signatures, ledger and checkpoints.

use super::RatingRow;
use crate::domain::clock::Moment;
use crate::domain::event::{BodyHash, ChainHash, Health};
use crate::domain::ids::{DeviceId, EventId, OfficeId};
use crate::domain::ledger::NodeHash;
use crate::protocol::batch::Hole;
use ed25519_dalek::VerifyingKey;

/// The end of an office's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerEnd {
    /// Whose.
    pub office: OfficeId,
    /// How many leaves it has.
    pub size: u64,
    /// Its root.
    pub root: NodeHash,
}

/// A chain of an office, with what it starts from and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct ChainRow {
    /// Whose; device 0 is the server itself, and has no key.
    pub device: DeviceId,
    /// The key its ends are signed with.
    pub key: Option<VerifyingKey>,
    /// The epoch of its database; 0 for the server itself.
    pub epoch: u64,
    /// The sequence number of its first link.
    pub first_seq: u64,
    /// The sequence number expected next.
    pub next_seq: u64,
    /// The hash of its end.
    pub head: ChainHash,
}

/// A link that repeats the id of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// With the same bytes, as after a new enrolment.
    Duplicate,
    /// With other bytes: kept for a person.
    Conflict,
}

/// One link of a chain as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Whose chain.
    pub device: DeviceId,
    /// Its place there.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// Its bytes, unless withheld, erased, or those of the link it repeats.
    pub body: Option<String>,
    /// The hash of its bytes.
    pub body_hash: BodyHash,
    /// Its place in the ledger.
    pub leaf_index: Option<u64>,
    /// When it arrived, ms since 1970.
    pub received_at_ms: i64,
    /// Why it was put aside.
    pub parked: Option<String>,
    /// Whether its bytes were erased.
    pub erased: bool,
    /// Whether its id was known already.
    pub repeats: Option<Repeats>,
}

/// A signed end of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// The last link it covers.
    pub seq: u64,
    /// The hash of the chain after it.
    pub head: ChainHash,
    /// The device's signature.
    pub signature: Vec<u8>,
}

/// A part of a chain that will never come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoleRow {
    /// Its first missing link.
    pub from_seq: u64,
    /// Its last.
    pub to_seq: u64,
    /// What the kiosk gave as the reason.
    pub reason: Hole,
    /// From where the chain goes on.
    pub head: ChainHash,
}

/// A checkpoint that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// The epoch of the data.
    pub data_epoch: u64,
    /// How many leaves the ledger had.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// Since when the data have their epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochRow {
    /// The epoch.
    pub data_epoch: u64,
    /// The size of the ledger it began with.
    pub start_size: u64,
    /// The epoch before.
    pub previous_epoch: Option<u64>,
    /// When it began, ms since 1970.
    pub begun_at_ms: i64,
}

/// A rating beside the event it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenRating {
    /// The rating.
    pub rating: RatingRow,
    /// The kiosk's clocks beside it.
    pub at: Option<Moment>,
    /// Its event, if there is one.
    pub event: Option<EventRow>,
}

/// A kiosk's report about itself that a person should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthRow {
    /// Who reported.
    pub device: DeviceId,
    /// The place in its chain.
    pub seq: u64,
    /// When it arrived, ms since 1970.
    pub received_at_ms: i64,
    /// What it said.
    pub report: Health,
}

/// What the server holds of one link of a chain, for the kiosk that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEvent {
    /// The link.
    pub link: EventRow,
    /// Its bytes, or those of the link it repeats.
    pub body: Option<String>,
    /// Whether the ledger holds it; none for a link that contradicts another, which has no leaf.
    pub in_ledger: Option<bool>,
}
