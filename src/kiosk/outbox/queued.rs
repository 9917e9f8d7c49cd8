//! What the queue hands out: events, and how they stand.

use crate::domain::clock::Moment;
use crate::domain::event::{BodyHash, ChainHash};
use crate::domain::ids::EventId;
use crate::protocol::batch::{EVENT_FRAME_BYTES, Hole, WITHHELD_EVENT_BYTES};

/// One event as it lies in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedEvent {
    /// Its place in the chain.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// Its canonical bytes.
    pub body: String,
    /// Whether only the hash of the body is to be sent: no server could take the bytes so far.
    pub withheld: bool,
}

impl QueuedEvent {
    /// What it takes in a batch.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        if self.withheld { WITHHELD_EVENT_BYTES } else { EVENT_FRAME_BYTES + self.body.len() }
    }
}

/// The next events for the server, contiguous, and where they stand in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The place of the first event; without events, of the next one to be recorded.
    pub first_seq: u64,
    /// The chain hash before it.
    pub prev_hash: ChainHash,
    /// Oldest first.
    pub events: Vec<QueuedEvent>,
    /// Why what the server expects before `first_seq` will never come.
    pub hole: Option<Hole>,
}

impl Waiting {
    /// The chain hash after the last event.
    #[must_use]
    pub fn head(&self) -> ChainHash {
        let next =
            |head: ChainHash, event: &QueuedEvent| head.next(event.seq, event.id, BodyHash::of(event.body.as_bytes()));
        self.events.iter().fold(self.prev_hash, next)
    }

    /// The place after the last event.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.first_seq + self.events.len() as u64
    }
}

/// Where the chain of a new enrolment may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainStart {
    /// The first event that no server has whole: later it must not begin.
    pub latest: u64,
    /// The oldest event still held: earlier it cannot begin.
    pub earliest: u64,
}

/// An event that no server could take so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its place in the chain.
    pub seq: u64,
    /// What the server said last.
    pub reason: String,
    /// How often it was refused.
    pub tries: u32,
    /// When it was refused last.
    pub tried_at: Moment,
    /// Whether the server has its hash, so that the body can be tried alone.
    pub has_placeholder: bool,
}

/// How full the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// All events in it.
    pub events: u64,
    /// Those the server has not acknowledged.
    pub waiting: u64,
}
