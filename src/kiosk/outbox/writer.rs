//! The one thread that writes: a draft becomes an immutable, chained, committed event.

use super::rows::{self, Head, Link};
use super::{ENROLMENT, Enrolment, LAST_VISIT, ON_DUTY, OutboxError, OutboxResult, ROSTER, Stored};
use super::{epoch, facts, position, quarantine};
use crate::domain::clock::{Clock, Moment, civil_day};
use crate::domain::event::{BODY_VERSION, EventBody, Salt, What};
use crate::domain::ids::{EventId, OfficerId, VisitSerial};
use crate::kiosk::session::Draft;
use crate::protocol::batch::Verdict;
use crate::protocol::roster::Roster;
use crate::system::{Random, random_array};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::Arc;

pub(super) struct Writer {
    connection: Connection,
    enrolment: Option<Enrolment>,
    head: Head,
    clock: Arc<dyn Clock>,
    random: Random,
}

impl Writer {
    pub(super) fn new(connection: Connection, clock: Arc<dyn Clock>, random: Random) -> OutboxResult<Self> {
        let enrolment = facts::get_json::<Enrolment>(&connection, ENROLMENT)?;
        let head = rows::head(&connection, epoch_of(enrolment.as_ref()))?;
        Ok(Self { connection, enrolment, head, clock, random })
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

    pub(super) fn record(&mut self, draft: Draft) -> OutboxResult<Stored> {
        let at = self.clock.now();
        let epoch = self.epoch();
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        note_duty(&step, &draft, at)?;
        let (what, visit) = what(&step, draft)?;
        let device = self.enrolment.as_ref().map(|enrolment| enrolment.device);
        let body = EventBody { v: BODY_VERSION, salt: Salt(random_array(&self.random)), device, at, what };
        let id = EventId::from_parts(at.wall_ms, random_array(&self.random));
        let link = Link { epoch, seq: self.head.seq + 1, id, prev: self.head.hash, body: facts::to_json(&body)? };
        rows::insert(&step, &link)?;
        step.commit()?;
        // Only now: a failed commit leaves the chain where it was.
        self.head = Head { seq: link.seq, hash: link.hash() };
        Ok(Stored { seq: link.seq, id, visit })
    }

    pub(super) fn acknowledge(&mut self, first_seq: u64, verdicts: &[Verdict], next_seq: u64) -> OutboxResult<()> {
        let count = verdicts.len() as u64;
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = position::read(&step)?;
        quarantine::release(&step, first_seq, count, before.waiting_from)?;
        position::write(&step, before.acknowledged(first_seq, count, next_seq))?;
        Ok(step.commit()?)
    }

    pub(super) fn rewind(&mut self, next_seq: u64) -> OutboxResult<()> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = position::read(&step)?;
        position::write(&step, before.rewound(next_seq))?;
        Ok(step.commit()?)
    }

    pub(super) fn begin_epoch(&mut self, enrolment: &Enrolment) -> OutboxResult<u64> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let chain_from = epoch::next_chain_from(&step)?;
        epoch::begin(&step, enrolment, chain_from)?;
        // Visits of another device are other visits: their numbers start anew.
        if self.enrolment.as_ref().is_some_and(|before| before.device != enrolment.device) {
            facts::put_json(&step, LAST_VISIT, &0)?;
        }
        step.commit()?;
        self.enrolment = Some(enrolment.clone());
        self.head = rows::head(&self.connection, self.epoch())?;
        Ok(chain_from)
    }
}

/// The chain before the first enrolment is that of no epoch.
fn epoch_of(enrolment: Option<&Enrolment>) -> u64 {
    enrolment.map_or(0, |enrolment| enrolment.epoch)
}

/// What the draft means, and its visit; a new number is taken inside the transaction that uses it.
fn what(step: &Transaction<'_>, draft: Draft) -> OutboxResult<(What, Option<VisitSerial>)> {
    match draft {
        Draft::DutyStarted(officer) => Ok((What::DutyStarted { officer }, None)),
        Draft::DutyEnded(officer) => Ok((What::DutyEnded { officer }, None)),
        Draft::VisitOpened { officer } => {
            let visit = next_visit(step)?;
            Ok((What::VisitOpened { visit, officer, service: None }, Some(visit)))
        }
        Draft::Rated { visit, stars, officer, signals } => {
            let visit = visit.map_or_else(|| next_visit(step), Ok)?;
            Ok((What::Rated { visit, stars, officer, service: None, signals }, Some(visit)))
        }
        Draft::Reasoned { visit, reasons } => Ok((What::Reasoned { visit, reasons }, Some(visit))),
        Draft::Undone { visit, rating } => Ok((What::Undone { visit, rating }, Some(visit))),
        Draft::Health(health) => Ok((What::Health(health), None)),
    }
}

fn next_visit(step: &Transaction<'_>) -> OutboxResult<VisitSerial> {
    let last = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let next = VisitSerial::try_from(last + 1).map_err(|_full| OutboxError::NoMoreVisits)?;
    facts::put_json(step, LAST_VISIT, &next)?;
    Ok(next)
}

fn note_duty(step: &Transaction<'_>, draft: &Draft, at: Moment) -> OutboxResult<()> {
    let duty: Option<(OfficerId, Date)> = match draft {
        Draft::DutyStarted(officer) => Some((*officer, civil_day(at.wall_ms, &zone(step)?))),
        Draft::DutyEnded(_) => None,
        Draft::VisitOpened { .. }
        | Draft::Rated { .. }
        | Draft::Reasoned { .. }
        | Draft::Undone { .. }
        | Draft::Health(_) => return Ok(()),
    };
    facts::put_json(step, ON_DUTY, &duty)
}

fn zone(step: &Transaction<'_>) -> OutboxResult<TimeZone> {
    let roster = facts::get_json::<Roster>(step, ROSTER)?;
    Ok(roster.and_then(|roster| TimeZone::get(&roster.office.zone).ok()).unwrap_or(TimeZone::UTC))
}
