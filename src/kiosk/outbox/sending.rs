//! The queue as the synchronisation sees it: what to send next, and what came of it.

use super::{
    ChainStart, Enrolment, Outbox, OutboxResult, Quarantined, QueuedEvent, Waiting, anchors, quarantine, rows,
};
use crate::domain::clock::Anchor;
use crate::domain::event::ChainHash;
use crate::protocol::batch::Verdict;
use uuid::Uuid;

impl Outbox {
    /// Events that wait for the server, oldest first and without a gap, within the limits of a batch.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting(&self, most_events: usize, most_bytes: usize) -> OutboxResult<Waiting> {
        self.wait(move |writer| rows::waiting(writer.connection(), writer.head(), most_events, most_bytes))
    }

    /// Takes events off the queue: the server gave verdicts on those from `first_seq` on, and
    /// expects `next_seq`. Only for an answer whose signature was checked. The verdict on a body
    /// that was sent alone releases it from quarantine.
    ///
    /// # Errors
    /// When it cannot be committed; the verdicts will be asked for again.
    pub fn acknowledge(&self, first_seq: u64, verdicts: Vec<Verdict>, next_seq: u64) -> OutboxResult<()> {
        self.wait(move |writer| writer.acknowledge(first_seq, &verdicts, next_seq))
    }

    /// Puts everything from `next_seq` on back into the queue: the server came back from an older
    /// copy of its data. What is gone here by now makes a hole in what [`Outbox::waiting`] says.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn rewind(&self, next_seq: u64) -> OutboxResult<()> {
        self.wait(move |writer| writer.rewind(next_seq))
    }

    /// The end of the chain: the last place taken, and the hash after it.
    ///
    /// # Errors
    /// When the queue is closed.
    pub fn head(&self) -> OutboxResult<(u64, ChainHash)> {
        self.wait(|writer| Ok((writer.head().seq, writer.head().hash)))
    }

    /// The chain hash after a place of the present chain, if it is still known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hash_at(&self, seq: u64) -> OutboxResult<Option<ChainHash>> {
        self.wait(move |writer| Ok(rows::hash_at(writer.connection(), writer.epoch(), seq)?))
    }

    /// Withholds an event's body from batches, since no server could take it; counts the refusals.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn quarantine(&self, seq: u64, reason: impl Into<String>) -> OutboxResult<()> {
        let reason = reason.into();
        self.wait(move |writer| quarantine::put(writer.connection(), seq, &reason, writer.now()))
    }

    /// The events whose bodies are withheld.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quarantined(&self) -> OutboxResult<Vec<Quarantined>> {
        self.wait(|writer| quarantine::all(writer.connection()))
    }

    /// A withheld event with its body, as a batch of one to try again; `None` while the server does
    /// not have its hash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quarantined_event(&self, seq: u64) -> OutboxResult<Option<Waiting>> {
        self.wait(move |writer| {
            if quarantine::has_placeholder(writer.connection(), seq)? {
                rows::alone(writer.connection(), writer.epoch(), seq)
            } else {
                Ok(None)
            }
        })
    }

    /// The acknowledged events from `first` to `last`, for comparing with what the server counts.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn events(&self, first: u64, last: u64) -> OutboxResult<Vec<QueuedEvent>> {
        self.wait(move |writer| rows::acknowledged(writer.connection(), writer.epoch(), first, last))
    }

    /// Keeps what an answer said about the server's time, if it is the best of its hour.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn add_anchor(&self, anchor: Anchor) -> OutboxResult<()> {
        self.wait(move |writer| anchors::add(writer.connection(), &anchor))
    }

    /// What is known of the server's time in these boots.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn anchors(&self, boot_ids: Vec<Uuid>) -> OutboxResult<Vec<Anchor>> {
        self.wait(move |writer| anchors::of_boots(writer.connection(), &boot_ids))
    }

    /// The latest time of the server that is known, whatever the boot.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn latest_anchor(&self) -> OutboxResult<Option<Anchor>> {
        self.wait(|writer| anchors::latest(writer.connection()))
    }

    /// Where the chain of a new enrolment may begin. Stays the same until something is acknowledged
    /// or pruned.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn chain_start(&self) -> OutboxResult<ChainStart> {
        self.wait(|writer| super::epoch::chain_start(writer.connection()))
    }

    /// Begins a new chain under a new enrolment, in one transaction: every event from `chain_from` on
    /// goes over to it, with the same id and body, and waits for the server. What no server has whole
    /// goes over in any case.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn begin_epoch(&self, enrolment: Enrolment, chain_from: u64) -> OutboxResult<()> {
        self.wait(move |writer| writer.begin_epoch(&enrolment, chain_from))
    }
}
