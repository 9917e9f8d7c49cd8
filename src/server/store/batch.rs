//! A batch on its way into the store, and what became of it.

use super::{Cursor, LedgerEnd, RatingFacts};
use crate::domain::alone::OwnRelease;
use crate::domain::clock::{Anchor, Moment};
use crate::domain::event::{BodyHash, ChainHash, ContestReason, Health, ReasonCode};
use crate::domain::ids::{DeviceId, EventId, OfficerId, ServiceId, VisitId};
use crate::domain::skm::{SkmAnswer, SkmElement};
use crate::protocol::batch::{Hole, Verdict};

/// One event of a batch, understood or not.
#[derive(Clone, Debug)]
pub struct IncomingEvent {
    /// Its place in the device's chain.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// Its bytes, as received; `None` while the kiosk withholds them.
    pub body: Option<String>,
    /// The hash of its bytes.
    pub body_hash: BodyHash,
    /// When it happened, as the kiosk knew it; `None` if that could not be read.
    pub at: Option<Moment>,
    /// What it means.
    pub meaning: Meaning,
}

/// What the server made of an event.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A visit got its number, because its QR code was shown.
    Opened(VisitId),
    /// A rating of a visit.
    Rating(RatingFacts),
    /// A rating was taken back.
    Undone {
        /// The visit.
        visit: VisitId,
        /// The rating that shall not count.
        rating: EventId,
    },
    /// A resident said why.
    Reasoned {
        /// The visit.
        visit: VisitId,
        /// The reasons.
        reasons: Vec<ReasonCode>,
    },
    /// A resident said what a visit was about.
    ServiceNamed {
        /// The visit.
        visit: VisitId,
        /// The service.
        service: ServiceId,
    },
    /// A resident answered a question of the survey.
    Answered {
        /// The visit.
        visit: VisitId,
        /// What was asked about.
        element: SkmElement,
        /// The answer.
        answer: SkmAnswer,
    },
    /// A kiosk let its officer see some of its ratings.
    Released {
        /// Where the visits took place.
        device: DeviceId,
        /// What was shown.
        release: OwnRelease,
    },
    /// An officer says that the ratings of the last minutes are not theirs.
    Contested(Contest),
    /// The kiosk told how it is.
    Health(Health),
    /// Known and kept, and nothing more to do.
    Other,
    /// Not understood: kept aside with the reason.
    Parked(String),
}

/// What an officer says of ratings that name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contest {
    /// Where they were given.
    pub device: DeviceId,
    /// Who says so.
    pub officer: OfficerId,
    /// Of how many minutes until then.
    pub span_minutes: u32,
    /// Why.
    pub reason: ContestReason,
}

/// A batch that was signed by its device.
#[derive(Clone, Debug)]
pub struct IncomingBatch {
    /// The device.
    pub device: DeviceId,
    /// The sequence number of the first event.
    pub first_seq: u64,
    /// The chain hash before it.
    pub prev_hash: ChainHash,
    /// The events, contiguous; none at all when the device only asks where the server stands.
    pub events: Vec<IncomingEvent>,
    /// The device's signature of the chain's end after these events, checked by the caller.
    pub head_signature: Vec<u8>,
    /// Why the events before the first one will never come.
    pub hole: Option<Hole>,
    /// What is known of the server's time in the boots of these events.
    pub anchors: Vec<Anchor>,
    /// The place of the last release that the device made alone, or 0: ratings before it wait for it.
    pub awaits: u64,
    /// When it was sent, as the kiosk knows it.
    pub sent_at: Moment,
    /// When it arrived, ms since 1970.
    pub received_at_ms: i64,
}

impl IncomingBatch {
    /// The end of the chain after these events.
    #[must_use]
    pub fn end(&self) -> ChainHash {
        self.events.iter().fold(self.prev_hash, |head, event| head.next(event.seq, event.id, event.body_hash))
    }

    /// The sequence number after the last event.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.first_seq.saturating_add(self.events.len() as u64)
    }
}

/// What became of a batch, and where everything stands after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// What became of it.
    pub outcome: Outcome,
    /// Where the device's chain stands; unchanged unless the batch joined it.
    pub cursor: Cursor,
    /// Where the office's ledger stands.
    pub ledger: LedgerEnd,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It joined the chain: a verdict for each event, in its order.
    Joined(Vec<Verdict>),
    /// Events before it are missing; the device has to rewind to the cursor.
    Gap,
    /// It contradicts what the device sent before: two databases use one identity.
    Fork,
}
