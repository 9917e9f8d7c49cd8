//! Ratings that the officer whom they name says are not theirs: into the queue of reviews, and nowhere else.
//! Both figures stay as they are until a person has decided, and the officer never learns which ratings they were.

use super::super::{Contest, FlagRow, StoreResult};
use super::devices::Chain;
use super::{flags, rows};
use crate::domain::clock::{Moment, Placed};
use crate::domain::honesty::FlagKind;
use crate::domain::ids::{CounterId, EventId};
use jiff::civil::Date;
use rusqlite::{Connection, params};

/// Nobody remembers more than a day at the counter.
const LONGEST_SPAN_MINUTES: u32 = 24 * 60;
/// More visits than one counter has in that time.
const MOST_VISITS: u32 = 5_000;

/// Flags the ratings that the contest is about. Within one boot the kiosk's own clock tells best which.
pub(super) fn flag(
    db: &Connection,
    chain: &Chain,
    contest: &Contest,
    (at, placed): (Moment, Placed),
    received_at_ms: i64,
) -> StoreResult<()> {
    let span_minutes = contest.span_minutes.min(LONGEST_SPAN_MINUTES);
    let concerned = concerned(db, chain, contest, (at, placed), i64::from(span_minutes) * 60_000)?;
    let numbers = [contest.officer.get(), u32::try_from(concerned.len()).unwrap_or(u32::MAX), span_minutes];
    let flags: Vec<FlagRow> = concerned
        .into_iter()
        .map(|(event, counter, day)| FlagRow {
            event,
            kind: FlagKind::Contested(contest.reason),
            counter,
            day,
            raised_at_ms: received_at_ms,
            score: 0.0,
            numbers: numbers.map(u64::from).to_vec(),
            decision: None,
        })
        .collect();
    flags::keep(db, chain.office, &flags)
}

fn concerned(
    db: &Connection,
    chain: &Chain,
    contest: &Contest,
    (at, placed): (Moment, Placed),
    span_ms: i64,
) -> StoreResult<Vec<(EventId, CounterId, Date)>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, counter_id, day
         FROM (SELECT * FROM rating WHERE office_id = ?1 AND device_id = ?2 ORDER BY visit_serial DESC LIMIT ?3) AS newest
         JOIN device USING (office_id, device_id)
         WHERE officer_id = ?4 AND undone = 0
            AND CASE WHEN boot_id = ?5 THEN boot_ms BETWEEN ?6 - ?8 AND ?6
                     ELSE occurred_at_ms BETWEEN ?7 - ?8 AND ?7 END",
    )?;
    let key = params![
        chain.office.get(),
        contest.device.get(),
        MOST_VISITS,
        contest.officer.get(),
        at.boot_id.as_bytes(),
        at.boot_ms,
        placed.at_ms,
        span_ms
    ];
    let found =
        statement.query_map(key, |row| Ok((rows::event_id(row, 0)?, rows::counter_id(row, 1)?, rows::day(row, 2)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
