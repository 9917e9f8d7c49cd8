//! Batches: everything a batch changes, in one transaction with the device's cursor.

use super::super::{
    Cursor, IncomingBatch, IncomingEvent, Ingested, LateEvent, LateRating, Meaning, Outcome, RatingFacts, Repeats,
    StoreResult,
};
use super::devices::{self, Chain};
use super::events::{self, LateBytes, NewLink};
use super::ledger::Ledger;
use super::ratings::{self, Books, NewRating};
use super::surveys::{self, KioskAnswer};
use super::{alone, contests, heads, health, office, themes, times};
use crate::domain::clock::{Moment, Placed, TimeQuality, civil_day};
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, OfficeId};
use crate::protocol::batch::Verdict;
use rusqlite::{Connection, params};

/// Takes a batch. One without events and anchors changes nothing, and may be asked of a reader.
pub(super) fn ingest(db: &Connection, batch: &IncomingBatch) -> StoreResult<Ingested> {
    let mut chain = devices::chain(db, batch.device)?;
    let mut ledger = Ledger::load(db, chain.office)?;
    let ended =
        |outcome, chain: &Chain, ledger: &Ledger| Ok(Ingested { outcome, cursor: chain.cursor, ledger: ledger.end() });
    if batch.first_seq > chain.cursor.next_seq && !skip_hole(db, &mut chain, batch)? {
        return ended(Outcome::Gap, &chain, &ledger);
    }
    if !joins(db, &chain, batch)? {
        return ended(Outcome::Fork, &chain, &ledger);
    }
    let zone = chain.zone.clone();
    let mut books = Books::open(db, chain.office, &zone);
    books.place_again(&times::keep(db, chain.office, chain.device, &batch.anchors)?)?;
    if books.put_in_order()? {
        chain.last_at_ms = devices::last_at(db, chain.office, chain.device)?;
    }
    let verdicts = Taking { db, chain: &mut chain, batch, ledger: &mut ledger, books: &mut books }.all()?;
    books.close()?;
    ledger.save(db)?;
    ended(Outcome::Joined(verdicts), &chain, &ledger)
}

/// Records that the events before the batch will never come, if its device says so.
fn skip_hole(db: &Connection, chain: &mut Chain, batch: &IncomingBatch) -> StoreResult<bool> {
    let Some(reason) = batch.hole.filter(|_| !batch.events.is_empty()) else { return Ok(false) };
    heads::add_hole(db, chain, batch, reason)?;
    chain.cursor = Cursor { next_seq: batch.first_seq, head: batch.prev_hash };
    Ok(true)
}

/// Whether the batch continues, or repeats, what this device sent before.
fn joins(db: &Connection, chain: &Chain, batch: &IncomingBatch) -> StoreResult<bool> {
    let Cursor { next_seq, head } = chain.cursor;
    if batch.first_seq == chain.first_seq && batch.prev_hash != ChainHash::START {
        return Ok(false);
    }
    if batch.next_seq() >= next_seq {
        // It reaches the end: if that is the same, so is everything before it.
        let known = batch.events.iter().take_while(|event| event.seq < next_seq);
        let end = known.fold(batch.prev_hash, |head, event| head.next(event.seq, event.id, event.body_hash));
        return Ok(end == head);
    }
    for event in &batch.events {
        if !events::is_link(db, chain.office, chain.device, event.seq, (event.id, event.body_hash))? {
            return Ok(false);
        }
    }
    let ends = [(batch.first_seq - 1, batch.prev_hash), (batch.next_seq() - 1, batch.end())];
    for (seq, end) in ends {
        if heads::signed(db, chain.office, chain.device, seq)?.is_some_and(|signed| signed != end) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The work on the events of a batch that joins.
struct Taking<'a, 'b> {
    db: &'a Connection,
    chain: &'b mut Chain,
    batch: &'b IncomingBatch,
    ledger: &'b mut Ledger,
    books: &'b mut Books<'a>,
}

impl Taking<'_, '_> {
    fn all(&mut self) -> StoreResult<Vec<Verdict>> {
        let expected = self.chain.cursor.next_seq;
        self.chain.awaits_seq = self.chain.awaits_seq.max(self.batch.awaits);
        let was_awaited = self.chain.awaits_release();
        let placed = self.placed()?;
        let mut verdicts = Vec::with_capacity(self.batch.events.len());
        for (event, placed) in self.batch.events.iter().zip(&placed) {
            verdicts.push(if event.seq < expected { self.again(event, *placed)? } else { self.link(event, *placed)? });
        }
        if was_awaited && !self.chain.awaits_release() {
            alone::free(self.db, self.chain.office, self.chain.device)?;
        }
        if self.batch.next_seq() > expected {
            let latest = placed.iter().rev().flatten().next().map(Placed::earliest_ms);
            self.chain.not_before_ms = self.chain.not_before_ms.max(latest);
            heads::add(self.db, self.chain, self.batch)?;
            devices::save_chain(self.db, self.chain)?;
        }
        Ok(verdicts)
    }

    /// When each event happened, if it says anything about that.
    fn placed(&self) -> StoreResult<Vec<Option<Placed>>> {
        let moments: Vec<Moment> = self.batch.events.iter().filter_map(|event| event.at).collect();
        // What came before is known for the end of the chain only.
        let is_next = self.batch.first_seq >= self.chain.cursor.next_seq;
        let before = if is_next { (self.chain.not_before_ms, self.chain.last_at_ms) } else { (None, None) };
        let placed = times::place(self.db, self.chain, self.batch, &moments, before)?;
        let mut placed = placed.into_iter();
        Ok(self.batch.events.iter().map(|event| event.at.and_then(|_| placed.next())).collect())
    }

    /// An event that was sent before: its bytes may have been withheld then.
    fn again(&mut self, event: &IncomingEvent, placed: Option<Placed>) -> StoreResult<Verdict> {
        let Some((recorded_by, seq)) = self.fill_in(event)? else { return Ok(Verdict::Duplicate) };
        if is_rating(event) {
            // Others lie on both sides of it.
            self.books.unsettle(recorded_by, seq);
        }
        let verdict = self.understand(event, placed, recorded_by)?;
        if let Meaning::Rating(facts) = &event.meaning {
            alone::put_in_late(self.db, self.chain.office, facts.visit)?;
            surveys::follow(self.db, self.chain.office, facts.visit)?;
        }
        Ok(verdict)
    }

    /// A new link of the chain; its event may be known from another device, or another place.
    fn link(&mut self, event: &IncomingEvent, placed: Option<Placed>) -> StoreResult<Verdict> {
        self.chain.cursor =
            Cursor { next_seq: event.seq + 1, head: self.chain.cursor.head.next(event.seq, event.id, event.body_hash) };
        if self.insert(event, None)? {
            self.ledger.add(self.chain.device, self.chain.epoch, event.seq, event.id, event.body_hash);
            self.follow(event, placed);
            return self.understand(event, placed, self.chain.device);
        }
        if events::first_hash(self.db, self.chain.office, event.id)? != Some(event.body_hash) {
            self.insert(event, Some(Repeats::Conflict))?;
            return Ok(Verdict::Conflict);
        }
        self.insert(event, Some(Repeats::Duplicate))?;
        self.again(event, placed)
    }

    /// A rating at the end of the chain: the one before was placed too late if it falls before that.
    fn follow(&mut self, event: &IncomingEvent, placed: Option<Placed>) {
        let Some(Placed { at_ms, .. }) = placed.filter(|_| is_rating(event)) else { return };
        if self.chain.last_at_ms.replace(at_ms).is_some_and(|last_at_ms| at_ms < last_at_ms) {
            self.books.unsettle(self.chain.device, event.seq);
        }
    }

    fn insert(&self, event: &IncomingEvent, repeats: Option<Repeats>) -> StoreResult<bool> {
        let is_new = repeats.is_none();
        events::insert(
            self.db,
            &NewLink {
                office: self.chain.office,
                device: self.chain.device,
                seq: event.seq,
                id: event.id,
                body: event.body.as_deref().filter(|_| repeats != Some(Repeats::Duplicate)),
                body_hash: event.body_hash,
                leaf_index: is_new.then(|| self.ledger.next_index()),
                received_at_ms: self.batch.received_at_ms,
                parked: reason(&event.meaning).filter(|_| is_new),
                repeats,
            },
        )
    }

    fn fill_in(&self, event: &IncomingEvent) -> StoreResult<Option<(DeviceId, u64)>> {
        let Some(body) = event.body.as_deref() else { return Ok(None) };
        let (id, body_hash, parked) = (event.id, event.body_hash, reason(&event.meaning));
        let late = LateBytes { id, body, body_hash, parked, received_at_ms: self.batch.received_at_ms };
        events::fill_in(self.db, self.chain.office, &late)
    }

    fn rating(
        &mut self,
        event: &IncomingEvent,
        facts: &RatingFacts,
        placed: Option<Placed>,
        recorded_by: DeviceId,
    ) -> StoreResult<()> {
        let received_at_ms = self.batch.received_at_ms;
        let forked = facts.visit.device != recorded_by;
        self.books.rate(&NewRating {
            id: event.id,
            facts,
            at: event.at,
            placed: placed.unwrap_or_else(|| on_arrival(received_at_ms)),
            received_at_ms,
            forked,
            // The cursor stands behind this event already, so what it awaits is behind this event, too.
            held_by: self.chain.awaits_release().then_some(self.chain.device),
        })?;
        // What was asked after it comes after it, but for what another device sends.
        if forked { surveys::follow(self.db, self.chain.office, facts.visit) } else { Ok(()) }
    }

    /// What follows from an event that is new here, and a link of this device's chain.
    fn understand(
        &mut self,
        event: &IncomingEvent,
        placed: Option<Placed>,
        recorded_by: DeviceId,
    ) -> StoreResult<Verdict> {
        let received_at_ms = self.batch.received_at_ms;
        match &event.meaning {
            Meaning::Opened(visit) => {
                let opened_at_ms = placed.map_or(received_at_ms, |placed| placed.latest_ms());
                ratings::open_visit(self.db, self.chain.office, *visit, opened_at_ms)?;
            }
            Meaning::Rating(facts) => self.rating(event, facts, placed, recorded_by)?,
            Meaning::Undone { visit, rating } => self.books.undo(*visit, *rating)?,
            Meaning::Reasoned { visit, reasons } => themes::add(self.db, self.chain.office, *visit, reasons)?,
            Meaning::ServiceNamed { visit, service } => {
                surveys::name_service(self.db, self.chain.office, *visit, *service)?;
            }
            Meaning::Answered { visit, element, answer } => {
                let day = civil_day(placed.map_or(received_at_ms, |placed| placed.at_ms), &self.chain.zone);
                let (id, visit, element, answer) = (event.id, *visit, *element, *answer);
                surveys::add_answer(self.db, self.chain.office, &KioskAnswer { id, visit, day, element, answer })?;
            }
            Meaning::Released { device, release } => {
                let recorded_ms = placed.map_or(received_at_ms, |placed| placed.at_ms);
                let arrived = alone::Arrived { event: event.id, device: *device, release, recorded_ms };
                alone::take_over(self.db, self.chain, &arrived)?;
            }
            Meaning::Contested(contest) => {
                if let Some(when) = event.at.zip(placed) {
                    contests::flag(self.db, self.chain, contest, when, received_at_ms)?;
                }
            }
            Meaning::Health(report) => health::add(self.db, self.chain, event.seq, received_at_ms, report)?,
            Meaning::Other => {}
            Meaning::Parked(reason) => return Ok(Verdict::Parked { reason: reason.clone() }),
        }
        Ok(Verdict::Stored)
    }
}

fn is_rating(event: &IncomingEvent) -> bool {
    matches!(event.meaning, Meaning::Rating(_))
}

fn reason(meaning: &Meaning) -> Option<&str> {
    match meaning {
        Meaning::Parked(reason) => Some(reason),
        _ => None,
    }
}

/// What is read off the server's own clock is exact.
fn on_arrival(at_ms: i64) -> Placed {
    Placed { at_ms, bound_ms: 0, quality: TimeQuality::Exact }
}

/// Takes a rating from the page behind the QR code: an event of the server's own chain.
pub(super) fn rate_late(db: &Connection, office: OfficeId, new: &LateEvent) -> StoreResult<LateRating> {
    let visit = new.facts.visit;
    if ratings::is_rated(db, office, visit)? || !use_ticket(db, office, new)? {
        return Ok(LateRating::AlreadyRated);
    }
    let mut ledger = Ledger::load(db, office)?;
    ledger.add_own(db, new.id, &new.body, new.at_ms)?;
    let zone = office::zone(db, office)?;
    let mut books = Books::open(db, office, &zone);
    books.rate(&NewRating {
        id: new.id,
        facts: &new.facts,
        at: None,
        placed: on_arrival(new.at_ms),
        received_at_ms: new.at_ms,
        forked: false,
        held_by: None,
    })?;
    books.close()?;
    ledger.save(db)?;
    Ok(LateRating::Counted)
}

/// Whether this ticket had not been used.
fn use_ticket(db: &Connection, office: OfficeId, new: &LateEvent) -> StoreResult<bool> {
    let visit = new.facts.visit;
    let used = db
        .prepare_cached(
            "INSERT INTO ticket_used (office_id, device_id, visit_serial) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![office.get(), visit.device.get(), visit.serial.get()])?;
    Ok(used > 0)
}
