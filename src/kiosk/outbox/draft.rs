//! What a draft means: its content, its visit, and who is on duty after it.

use super::rows::{self, Link};
use super::{ENROLMENT, Enrolment, LAST_VISIT, ON_DUTY, OutboxError, OutboxResult, ROSTER, facts};
use crate::domain::clock::{Moment, civil_day};
use crate::domain::event::{EventBody, What};
use crate::domain::ids::{DeviceId, OfficerId, VisitSerial};
use crate::kiosk::session::Draft;
use crate::protocol::roster::Roster;
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

fn next_visit(step: &Connection) -> OutboxResult<VisitSerial> {
    let last = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let next = VisitSerial::try_from(last + 1).map_err(|_full| OutboxError::NoMoreVisits)?;
    facts::put_json(step, LAST_VISIT, &next)?;
    Ok(next)
}

pub(super) fn note_duty(step: &Connection, draft: &Draft, at: Moment) -> OutboxResult<()> {
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

fn zone(step: &Connection) -> OutboxResult<TimeZone> {
    let roster = facts::get_json::<Roster>(step, ROSTER)?;
    Ok(roster.and_then(|roster| TimeZone::get(&roster.office.zone).ok()).unwrap_or(TimeZone::UTC))
}

/// Works out from the events which visit comes next and who is on duty: the database that knew was
/// damaged.
pub(super) fn follow(step: &Connection) -> OutboxResult<()> {
    let device = facts::get_json::<Enrolment>(step, ENROLMENT)?.map(|enrolment| enrolment.device);
    let mut last_visit = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    let mut next = 0;
    loop {
        let links = rows::links_from(step, next, AT_ONCE)?;
        let Some(last) = links.last() else { break };
        next = last.seq + 1;
        for event in links.iter().filter_map(read) {
            last_visit = last_visit.max(visit_of(&event, device));
            match event.what {
                What::DutyStarted { officer } => note_duty(step, &Draft::DutyStarted(officer), event.at)?,
                What::DutyEnded { officer } => note_duty(step, &Draft::DutyEnded(officer), event.at)?,
                _ => {}
            }
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
