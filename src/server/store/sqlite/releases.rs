//! Releases, and the cards made of them (law 5).

use super::super::StoreResult;
use super::{flags, rows};
use crate::domain::day_card::DayCard;
use crate::domain::ids::{OfficeId, OfficerId};
use crate::domain::release::may_release;
use crate::domain::score::Spread;
use jiff::civil::Date;
use rusqlite::{Connection, params};

/// Ratings that wait, by officer: counted, not yet released, received up to the slot.
const WAITING: &str =
    "SELECT officer_id, sum(stars = 1), sum(stars = 2), sum(stars = 3), sum(stars = 4), sum(stars = 5)
    FROM rating INDEXED BY rating_unreleased
    WHERE office_id = ?1 AND officer_id IS NOT NULL AND counted = 1 AND release_no IS NULL AND received_at_ms <= ?2
    GROUP BY officer_id";

pub(super) fn release(db: &Connection, office: OfficeId, slot_ms: i64, day: Date) -> StoreResult<u32> {
    let mut statement = db.prepare_cached(WAITING)?;
    let waiting = statement
        .query_map(params![office.get(), slot_ms], |row| Ok((rows::officer_id(row, 0)?, spread(row, 1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut released = 0;
    for (officer, spread) in waiting {
        if may_release(spread.count() as usize) {
            release_officer(db, office, officer, spread, slot_ms, day)?;
            released += 1;
        }
    }
    Ok(released)
}

fn release_officer(
    db: &Connection,
    office: OfficeId,
    officer: OfficerId,
    spread: Spread,
    slot_ms: i64,
    day: Date,
) -> StoreResult<()> {
    let key = [office.get(), officer.get()];
    let number =
        rows::next_number(db, "SELECT max(release_no) FROM release WHERE office_id = ?1 AND officer_id = ?2", key)?;
    let [one, two, three, four, five] = spread.0;
    db.prepare_cached(
        "INSERT INTO release (office_id, officer_id, release_no, released_at_ms, day, stars_1, stars_2, stars_3, stars_4, stars_5)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![key[0], key[1], number, slot_ms, day.to_string(), one, two, three, four, five])?;
    db.prepare_cached(
        "UPDATE rating INDEXED BY rating_unreleased SET release_no = ?3
         WHERE office_id = ?1 AND officer_id = ?2 AND counted = 1 AND release_no IS NULL AND received_at_ms <= ?4",
    )?
    .execute(params![key[0], key[1], number, slot_ms])?;
    flags::leave_out(db, office, officer, number)
}

pub(super) fn day_card(db: &Connection, office: OfficeId, officer: OfficerId, day: Date) -> StoreResult<DayCard> {
    let mut statement = db.prepare_cached(
        "SELECT released_at_ms, stars_1, stars_2, stars_3, stars_4, stars_5 FROM release
         WHERE office_id = ?1 AND officer_id = ?2 AND day = ?3 ORDER BY release_no",
    )?;
    let releases = statement.query_map(params![office.get(), officer.get(), day.to_string()], |row| {
        Ok((row.get::<_, i64>(0)?, spread(row, 1)?))
    })?;
    let mut card = DayCard::empty(officer, day);
    for release in releases {
        let (released_at_ms, spread) = release?;
        card.spread = card.spread.plus(spread);
        card.released_at_ms = Some(released_at_ms);
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
