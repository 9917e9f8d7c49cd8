//! What a draft means: its content, its visit, and who is on duty after it.

use super::rows::{self, Link};
use super::{ENROLMENT, Enrolment, LAST_VISIT, ON_DUTY, OutboxError, OutboxResult, ZONE, alone, asked, facts};
use crate::domain::clock::{Moment, civil_day};
use crate::domain::event::{EventBody, What};
use crate::domain::ids::{DeviceId, EventId, OfficerId, VisitSerial};
use crate::kiosk::session::Draft;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Connection;

/// How many events are held in memory at a time.
const AT_ONCE: usize = 1_000;

/// What the draft means, and its visit; a new number is taken inside the transaction that uses it.
pub(super) fn what(step: &Connection, draft: Draft) -> OutboxResult<(What, Option<VisitSerial>)> {
    match draft {
        Draft::DutyStarted(officer) => Ok((What::DutyStarted { officer }, None)),
        Draft::DutyEnded(officer) => Ok((What::DutyEnded { officer }, None)),
        Draft::DutyPaused(officer) => Ok((What::DutyPaused { officer }, None)),
        Draft::DutyResumed(officer) => Ok((What::DutyResumed { officer }, None)),
        Draft::VisitOpened { officer, service } => {
            let visit = next_visit(step)?;
            Ok((What::VisitOpened { visit, officer, service }, Some(visit)))
        }
        Draft::VisitServed { visit, officer, service } => Ok((What::VisitServed { visit, officer, service }, visit)),
        Draft::Rated { visit, stars, officer, service, signals } => {
            let visit = visit.map_or_else(|| next_visit(step), Ok)?;
            Ok((What::Rated { visit, stars, officer, service, signals }, Some(visit)))
        }
        Draft::Reasoned { visit, reasons } => Ok((What::Reasoned { visit, reasons }, Some(visit))),
        Draft::ServiceNamed { visit, service } => Ok((What::ServiceNamed { visit, service }, Some(visit))),
        Draft::Asked { visit, element, answer } => Ok((What::Asked { visit, element, answer }, Some(visit))),
        Draft::Undone { visit, rating } => Ok((What::Undone { visit, rating }, Some(visit))),
        Draft::Practised { officer, spread } => Ok((What::Practised { officer, spread }, None)),
        Draft::Contested { officer, span_minutes, reason } => {
            Ok((What::Contested { officer, span_minutes, reason }, None))
        }
        Draft::Health(health) => Ok((What::Health(health), None)),
    }
}

fn next_visit(step: &Connection) -> OutboxResult<VisitSerial> {
    let last = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let next = VisitSerial::try_from(last + 1).map_err(|_full| OutboxError::NoMoreVisits)?;
    facts::put_json(step, LAST_VISIT, &next)?;
    Ok(next)
}

/// What the database remembers of an event beside the event itself.
pub(super) fn note(step: &Connection, place: (u64, EventId), what: &What, at: Moment) -> OutboxResult<()> {
    note_duty(step, what, at)?;
    asked::note(step, place.0, what)?;
    alone::note(step, place, what)
}

/// Notes who is on duty after an event. A pause ends that: a kiosk that starts again in the middle of one must
/// not give ratings to somebody who is away.
fn note_duty(step: &Connection, what: &What, at: Moment) -> OutboxResult<()> {
    let duty: Option<(OfficerId, Date)> = match what {
        What::DutyStarted { officer } | What::DutyResumed { officer } => {
            Some((*officer, civil_day(at.wall_ms, &zone(step)?)))
        }
        What::DutyEnded { .. } | What::DutyPaused { .. } => None,
        _ => return Ok(()),
    };
    facts::put_json(step, ON_DUTY, &duty)
}

pub(super) fn zone(step: &Connection) -> OutboxResult<TimeZone> {
    let name = facts::get_json::<String>(step, ZONE)?;
    Ok(name.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC))
}

/// Works out from the events which visit comes next, who is on duty, what was asked and what was released: the
/// database that knew was damaged.
pub(super) fn follow(step: &Connection) -> OutboxResult<()> {
    let device = facts::get_json::<Enrolment>(step, ENROLMENT)?.map(|enrolment| enrolment.device);
    let mut last_visit = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let mut next = 0;
    loop {
        let links = rows::links_from(step, next, AT_ONCE)?;
        let Some(last) = links.last() else { break };
        next = last.seq + 1;
        for (link, event) in links.iter().filter_map(|link| Some((link, read(link)?))) {
            last_visit = last_visit.max(visit_of(&event, device));
            note(step, (link.seq, link.id), &event.what, event.at)?;
        }
    }
    facts::put_json(step, LAST_VISIT, &last_visit)
}

fn read(link: &Link) -> Option<EventBody> {
    serde_json::from_str(&link.body).ok()
}

/// The number of the visit that an event of this device belongs to, or 0.
fn visit_of(event: &EventBody, device: Option<DeviceId>) -> u32 {
    match &event.what {
        What::VisitOpened { visit, .. } | What::Rated { visit, .. }
            if event.device.is_none() || event.device == device =>
        {
            visit.get()
        }
        _ => 0,
    }
}
