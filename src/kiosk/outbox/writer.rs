//! The one thread that writes: a draft becomes an immutable, chained, committed event.

use super::ballast::{Ballast, free_bytes};
use super::identity::Identity;
use super::opening::{self, Places};
use super::rest::Rests;
use super::rows::{self, Head, Link};
use super::second_copy::SecondCopy;
use super::{
    ATTEMPTS, BUNDLE, BUNDLE_BEFORE, ENROLMENT, Enrolment, FILE_NAME, KeptBundle, LAST_ACKNOWLEDGED, OutboxError,
    OutboxResult, RECOVERY, SCHEMA, Stored, ZONE,
};
use super::{anchors, draft, epoch, facts, position, quarantine, retention};
use crate::domain::clock::{Clock, Moment};
use crate::domain::event::{BODY_VERSION, EventBody, Health, Recovery, Salt, What};
use crate::domain::ids::{EventId, VisitSerial};
use crate::kiosk::session::Draft;
use crate::protocol::batch::Verdict;
use crate::storage::{StorageError, is_damage};
use crate::system::{Random, random_array};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::ops::Range;
use std::sync::Arc;

/// How many numbers of attempts are taken with one commit; a restart wastes the rest.
const ATTEMPTS_AT_ONCE: u64 = 1_000;

pub(super) struct Writer {
    connection: Connection,
    pub(super) copy: SecondCopy,
    pub(super) ballast: Ballast,
    pub(super) places: Places,
    pub(super) rests: Rests,
    enrolment: Option<Enrolment>,
    head: Head,
    /// Numbers of attempts that are taken and not used yet.
    attempts: Range<u64>,
    clock: Arc<dyn Clock>,
    random: Random,
}

impl Writer {
    /// Opens the queue, mends it where needed, and records what was mended.
    pub(super) fn open(places: Places, clock: Arc<dyn Clock>, random: Random) -> Result<Self, StorageError> {
        let (connection, copy) = opening::open(&places, clock.now())?;
        let path = places.data.join(FILE_NAME);
        let unusable =
            |error: OutboxError| StorageError::Unusable { name: SCHEMA.name, path, reason: error.to_string() };
        let known = facts::get_json::<Enrolment>(&connection, ENROLMENT).and_then(|enrolment| {
            let head = rows::head(&connection, epoch_of(enrolment.as_ref()))?;
            Ok((enrolment, head))
        });
        let (enrolment, head) = known.map_err(unusable)?;
        let (ballast, rests) = (Ballast::of(&places.data), Rests::since(clock.now()));
        let attempts = 0..0;
        let mut writer = Self { connection, copy, ballast, places, rests, enrolment, head, attempts, clock, random };
        if let Err(error) = writer.report_recovery() {
            tracing::error!(%error, "the loss cannot be recorded yet");
        }
        writer.rest(0);
        Ok(writer)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    pub(super) fn epoch(&self) -> u64 {
        epoch_of(self.enrolment.as_ref())
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Commits a record; on a full disk after making room, in a damaged database after mending it.
    pub(super) fn record(&mut self, draft: Draft) -> OutboxResult<Stored> {
        match self.commit(draft.clone()) {
            Err(OutboxError::NotCommitted(error)) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
                self.make_room();
                self.commit(draft)
            }
            Err(OutboxError::NotCommitted(error)) if is_damage(&error) || self.is_detached() => {
                tracing::error!(%error, "the database is damaged");
                self.reopen()?;
                self.commit(draft)
            }
            result => result,
        }
    }

    fn commit(&mut self, draft: Draft) -> OutboxResult<Stored> {
        self.append(|step| {
            if matches!(&draft, Draft::Health(health) if health.recovery.is_some()) {
                facts::remove(step, RECOVERY)?;
            }
            draft::what(step, draft)
        })
    }

    /// Commits the next event of the chain, which is made inside the transaction.
    pub(super) fn append(
        &mut self,
        make: impl FnOnce(&Transaction<'_>) -> OutboxResult<(What, Option<VisitSerial>)>,
    ) -> OutboxResult<Stored> {
        self.settle()?;
        let (at, epoch) = (self.clock.now(), self.epoch());
        let step = begin(&mut self.connection)?;
        let (what, visit) = make(&step)?;
        let id = EventId::from_parts(at.wall_ms, random_array(&self.random));
        let seq = self.head.seq + 1;
        draft::note(&step, (seq, id), &what, at)?;
        let device = self.enrolment.as_ref().map(|enrolment| enrolment.device);
        let body = EventBody { v: BODY_VERSION, salt: Salt(random_array(&self.random)), device, at, what };
        let link = Link { epoch, seq, id, prev: self.head.hash, body: facts::to_json(&body)? };
        rows::insert(&step, &link)?;
        self.copy.beside(&link, || step.commit())?;
        // Only now: a failed commit leaves the chain where it was.
        self.head = Head { seq: link.seq, hash: link.hash() };
        Ok(Stored { seq: link.seq, id, visit })
    }

    /// After an error SQLite may or may not have rolled back by itself.
    fn settle(&self) -> OutboxResult<()> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }

    fn report_recovery(&mut self) -> OutboxResult<()> {
        let Some(recovery) = facts::get_json::<Recovery>(&self.connection, RECOVERY)? else { return Ok(()) };
        let lost = format!("the queue was damaged: {} events are lost", recovery.lost);
        let health = Health {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            disk_free_bytes: free_bytes(&self.places.data.join(FILE_NAME)).ok(),
            recovery: Some(recovery),
            alarm: (recovery.lost > 0).then_some(lost),
        };
        self.commit(Draft::Health(health)).map(drop)
    }

    /// Closes the database and opens it again, as at a start.
    pub(super) fn reopen(&mut self) -> OutboxResult<()> {
        self.connection = Connection::open_in_memory()?;
        let (places, clock, random) = (self.places.clone(), self.clock.clone(), self.random.clone());
        *self = Self::open(places, clock, random).map_err(|error| OutboxError::Unreadable(error.to_string()))?;
        Ok(())
    }

    /// Whether an earlier attempt to open it again failed.
    fn is_detached(&self) -> bool {
        self.connection.path().is_none_or(str::is_empty)
    }

    pub(super) fn acknowledge(&mut self, first_seq: u64, verdicts: &[Verdict], next_seq: u64) -> OutboxResult<()> {
        let (now, count) = (self.now(), verdicts.len() as u64);
        let step = begin(&mut self.connection)?;
        let before = position::read(&step)?;
        quarantine::release(&step, first_seq, count, before.waiting_from)?;
        let after = before.acknowledged(first_seq, count, next_seq);
        position::write(&step, after)?;
        facts::put_json(&step, LAST_ACKNOWLEDGED, &now)?;
        let anchor = anchors::latest_of(&step, now.boot_id)?;
        if let Some(server_ms) = anchor.and_then(|anchor| anchor.server_now_ms(&now)) {
            retention::note_milestone(&step, server_ms, after.safe_below())?;
        }
        Ok(step.commit()?)
    }

    pub(super) fn rewind(&mut self, next_seq: u64) -> OutboxResult<()> {
        let step = begin(&mut self.connection)?;
        let after = position::read(&step)?.rewound(next_seq);
        position::write(&step, after)?;
        retention::forget_milestones_above(&step, after.waiting_from)?;
        Ok(step.commit()?)
    }

    pub(super) fn begin_epoch(&mut self, enrolment: &Enrolment, chain_from: u64) -> OutboxResult<()> {
        let step = begin(&mut self.connection)?;
        let chain_from = chain_from.min(epoch::chain_start(&step)?.latest);
        epoch::begin(&step, enrolment, chain_from)?;
        step.commit()?;
        self.enrolment = Some(enrolment.clone());
        self.head = rows::head(&self.connection, self.epoch())?;
        // The journal keeps the chain before until the next start: with the identity it says the same.
        self.keep_identity()
    }

    /// The last one in the database and beside it, then the one before.
    pub(super) fn bundles(&self) -> OutboxResult<Vec<String>> {
        let last = facts::get_text(&self.connection, BUNDLE)?;
        let beside = Identity::read(&self.places.data).bundle;
        let before = facts::get_text(&self.connection, BUNDLE_BEFORE)?;
        let mut all: Vec<_> = [last, beside, before].into_iter().flatten().collect();
        all.dedup();
        Ok(all)
    }

    pub(super) fn keep_bundle(&mut self, kept: &KeptBundle) -> OutboxResult<()> {
        let step = begin(&mut self.connection)?;
        facts::put_text(&step, BUNDLE, &kept.bundle)?;
        match &kept.before {
            Some(before) => facts::put_text(&step, BUNDLE_BEFORE, before)?,
            None => facts::remove(&step, BUNDLE_BEFORE)?,
        }
        facts::put_json(&step, ZONE, &kept.zone)?;
        step.commit()?;
        Identity::of(&self.connection)?.keep_with_bundle(&self.places.data);
        Ok(())
    }

    /// Numbers are taken in bulk: a commit for each would wear the card out.
    pub(super) fn next_attempt(&mut self) -> OutboxResult<u64> {
        if self.attempts.is_empty() {
            let taken = facts::get_json::<u64>(&self.connection, ATTEMPTS)?.unwrap_or(0);
            facts::put_json(&self.connection, ATTEMPTS, &(taken + ATTEMPTS_AT_ONCE))?;
            self.attempts = taken + 1..taken + 1 + ATTEMPTS_AT_ONCE;
        }
        self.attempts.next().ok_or(OutboxError::Closed)
    }

    /// Copies what the journal lacks; nobody waits for that.
    pub(super) fn catch_up(&mut self) {
        self.copy.catch_up(&self.connection);
    }

    /// Makes every commit fail at its last step, or none.
    #[cfg(test)]
    pub(super) fn refuse_commits(&mut self, refuse: bool) -> OutboxResult<()> {
        Ok(self.connection.commit_hook(refuse.then_some(|| true))?)
    }

    fn keep_identity(&self) -> OutboxResult<()> {
        Identity::of(&self.connection)?.keep(&self.places.data);
        Ok(())
    }
}

fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// The chain before the first enrolment is that of no epoch.
fn epoch_of(enrolment: Option<&Enrolment>) -> u64 {
    enrolment.map_or(0, |enrolment| enrolment.epoch)
}
