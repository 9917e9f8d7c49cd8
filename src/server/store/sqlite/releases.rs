//! Releases, and the cards made of them (law 5).

use super::super::StoreResult;
use super::{flags, rows, themes};
use crate::domain::day_card::{DayCard, ShownRelease, WEEK_DAYS};
use crate::domain::ids::{EventId, OfficeId, OfficerId};
use crate::domain::release::may_release;
use crate::domain::score::Spread;
use jiff::ToSpan;
use jiff::civil::Date;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Ratings that wait, by officer: counted, not yet released, not held for a kiosk's release, received up to the
/// slot.
const WAITING: &str =
    "SELECT officer_id, sum(stars = 1), sum(stars = 2), sum(stars = 3), sum(stars = 4), sum(stars = 5)
    FROM rating INDEXED BY rating_unreleased
    WHERE office_id = ?1 AND officer_id IS NOT NULL AND counted = 1 AND release_no IS NULL AND held_by IS NULL
        AND received_at_ms <= ?2
    GROUP BY officer_id";

/// A release that is about to be kept.
pub(super) struct NewRelease {
    pub office: OfficeId,
    pub officer: OfficerId,
    pub at_ms: i64,
    pub day: Date,
    pub spread: Spread,
    /// The event in which a kiosk recorded it.
    pub alone: Option<EventId>,
}

pub(super) fn release(db: &Connection, office: OfficeId, slot_ms: i64, day: Date) -> StoreResult<u32> {
    let mut statement = db.prepare_cached(WAITING)?;
    let waiting = statement
        .query_map(params![office.get(), slot_ms], |row| Ok((rows::officer_id(row, 0)?, spread(row, 1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut released = 0;
    for (officer, spread) in waiting {
        if may_release(spread.count() as usize) {
            release_officer(db, &NewRelease { office, officer, at_ms: slot_ms, day, spread, alone: None })?;
            released += 1;
        }
    }
    Ok(released)
}

fn release_officer(db: &Connection, new: &NewRelease) -> StoreResult<()> {
    let number = keep(db, new)?;
    db.prepare_cached(
        "UPDATE rating INDEXED BY rating_unreleased SET release_no = ?3
         WHERE office_id = ?1 AND officer_id = ?2 AND counted = 1 AND release_no IS NULL AND held_by IS NULL
            AND received_at_ms <= ?4",
    )?
    .execute(params![new.office.get(), new.officer.get(), number, new.at_ms])?;
    themes::release(db, new.office, new.officer, number)?;
    flags::leave_out(db, new.office, new.officer, number)
}

/// Keeps a release under the next number of its officer.
pub(super) fn keep(db: &Connection, new: &NewRelease) -> StoreResult<u32> {
    let key = [new.office.get(), new.officer.get()];
    let number =
        rows::next_number(db, "SELECT max(release_no) FROM release WHERE office_id = ?1 AND officer_id = ?2", key)?;
    let [one, two, three, four, five] = new.spread.0;
    let (day, alone) = (new.day.to_string(), new.alone.map(|id| *id.0.as_bytes()));
    db.prepare_cached(
        "INSERT INTO release (office_id, officer_id, release_no, released_at_ms, day, stars_1, stars_2, stars_3, stars_4,
            stars_5, kiosk_event_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![key[0], key[1], number, new.at_ms, day, one, two, three, four, five, alone])?;
    Ok(number)
}

pub(super) fn day_card(db: &Connection, office: OfficeId, officer: OfficerId, day: Date) -> StoreResult<DayCard> {
    let first = day.saturating_sub((WEEK_DAYS - 1).days());
    let mut themes = themes::shown(db, office, officer)?;
    let mut statement = db.prepare_cached(
        "SELECT release_no, released_at_ms, stars_1, stars_2, stars_3, stars_4, stars_5, day, kiosk_event_id FROM release
         WHERE office_id = ?1 AND officer_id = ?2 AND day BETWEEN ?3 AND ?4 ORDER BY release_no",
    )?;
    let week = params![office.get(), officer.get(), first.to_string(), day.to_string()];
    let releases = statement.query_map(week, |row| {
        let alone: Option<[u8; 16]> = row.get(8)?;
        let shown = ShownRelease {
            day: rows::day(row, 7)?,
            at_ms: row.get(1)?,
            spread: spread(row, 2)?,
            themes: Vec::new(),
            alone: alone.map(|bytes| EventId(Uuid::from_bytes(bytes))),
        };
        Ok((row.get::<_, u32>(0)?, shown))
    })?;
    let mut card = DayCard::empty(officer, day);
    for release in releases {
        let (number, shown) = release?;
        card.add(&ShownRelease { themes: themes.remove(&number).unwrap_or_default(), ..shown });
    }
    Ok(card)
}

fn spread(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Spread> {
    let mut spread = Spread::default();
    for (index, count) in spread.0.iter_mut().enumerate() {
        *count = row.get(first + index)?;
    }
    Ok(spread)
}
