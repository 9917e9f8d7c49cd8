//! The one thread that writes: a draft becomes an immutable, chained, committed event.

use super::rows::{self, Head};
use super::{Enrolment, OutboxError, OutboxResult, QueuedEvent, Stored};
use crate::domain::clock::{Clock, Moment, civil_day};
use crate::domain::event::{BODY_VERSION, BodyHash, EventBody, Salt, What};
use crate::domain::ids::{EventId, OfficerId, VisitSerial};
use crate::kiosk::session::Draft;
use crate::protocol::batch::Verdict;
use crate::protocol::roster::Roster;
use crate::system::{Random, random_array};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::Arc;

pub(super) const ON_DUTY: &str = "on_duty";
const LAST_VISIT: &str = "last_visit";

pub(super) struct Writer {
    connection: Connection,
    head: Head,
    clock: Arc<dyn Clock>,
    random: Random,
}

impl Writer {
    pub(super) fn new(connection: Connection, clock: Arc<dyn Clock>, random: Random) -> rusqlite::Result<Self> {
        let head = rows::head(&connection)?;
        Ok(Self { connection, head, clock, random })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn record(&mut self, draft: Draft) -> OutboxResult<Stored> {
        let at = self.clock.now();
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        note_duty(&step, &draft, at)?;
        let (what, visit) = what(&step, draft)?;
        let device = rows::get_json::<Enrolment>(&step, "enrolment")?.map(|enrolment| enrolment.device);
        let body = EventBody { v: BODY_VERSION, salt: Salt(random_array(&self.random)), device, at, what };
        let event = QueuedEvent {
            seq: self.head.seq + 1,
            id: EventId::from_parts(at.wall_ms, random_array(&self.random)),
            body: rows::to_json(&body)?,
        };
        let hash = self.head.hash.next(event.seq, event.id, BodyHash::of(event.body.as_bytes()));
        rows::insert(&step, &event, hash)?;
        step.commit()?;
        // Only now: a failed commit leaves the chain where it was.
        self.head = Head { seq: event.seq, hash };
        Ok(Stored { seq: event.seq, id: event.id, visit })
    }

    pub(super) fn acknowledge(&mut self, first_seq: u64, verdicts: &[Verdict]) -> OutboxResult<()> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        rows::acknowledge(&step, first_seq, verdicts)?;
        Ok(step.commit()?)
    }

    pub(super) fn rewind(&mut self, next_seq: u64) -> OutboxResult<()> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        rows::rewind(&step, next_seq)?;
        Ok(step.commit()?)
    }
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
    let last = rows::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let next = VisitSerial::try_from(last + 1).map_err(|_full| OutboxError::NoMoreVisits)?;
    rows::put_json(step, LAST_VISIT, &next)?;
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
    rows::put_json(step, ON_DUTY, &duty)
}

fn zone(step: &Transaction<'_>) -> OutboxResult<TimeZone> {
    let roster = rows::get_json::<Roster>(step, "roster")?;
    Ok(roster.and_then(|roster| TimeZone::get(&roster.office.zone).ok()).unwrap_or(TimeZone::UTC))
}
