//! Reasons, and from which release on an officer sees them: each of them as law 5 asks of every figure.

use super::super::StoreResult;
use super::rows;
use crate::domain::day_card::Theme;
use crate::domain::event::ReasonCode;
use crate::domain::ids::{OfficeId, OfficerId, VisitId};
use crate::domain::release::may_release;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Keeps why a visit was rated as it was, if that was an officer's.
pub(super) fn add(db: &Connection, office: OfficeId, visit: VisitId, reasons: &[ReasonCode]) -> StoreResult<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO reason (office_id, device_id, visit_serial, code, officer_id)
         SELECT office_id, device_id, visit_serial, ?4, officer_id FROM rating
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND officer_id IS NOT NULL LIMIT 1
         ON CONFLICT DO NOTHING",
    )?;
    for code in reasons {
        statement.execute(params![office.get(), visit.device.get(), visit.serial.get(), code.to_string()])?;
    }
    Ok(())
}

/// Lets those reasons appear with a release of which enough released visits wait by now.
pub(super) fn release(db: &Connection, office: OfficeId, officer: OfficerId, release_no: u32) -> StoreResult<()> {
    let mut mark = db.prepare_cached(
        "UPDATE reason INDEXED BY reason_waiting SET release_no = ?4
         WHERE office_id = ?1 AND officer_id = ?2 AND release_no IS NULL AND code = ?3
            AND EXISTS (SELECT 1 FROM rating
                        WHERE rating.office_id = reason.office_id AND rating.device_id = reason.device_id
                            AND rating.visit_serial = reason.visit_serial
                            AND rating.counted = 1 AND rating.release_no IS NOT NULL)",
    )?;
    for theme in waiting(db, office, officer)?.into_iter().filter(|theme| may_release(theme.count as usize)) {
        keep(db, office, officer, release_no, &theme)?;
        mark.execute(params![office.get(), officer.get(), theme.code.to_string(), release_no])?;
    }
    Ok(())
}

/// Takes over a reason that a kiosk showed with its own release of these visits.
pub(super) fn take_over(
    db: &Connection,
    office: OfficeId,
    (officer, release_no): (OfficerId, u32),
    visits: &[VisitId],
    theme: &Theme,
) -> StoreResult<()> {
    keep(db, office, officer, release_no, theme)?;
    let mut mark = db.prepare_cached(
        "UPDATE reason SET release_no = ?5
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND code = ?4 AND release_no IS NULL",
    )?;
    for visit in visits {
        let code = theme.code.to_string();
        mark.execute(params![office.get(), visit.device.get(), visit.serial.get(), code, release_no])?;
    }
    Ok(())
}

/// What appeared with an officer's releases, by their numbers.
pub(super) fn shown(db: &Connection, office: OfficeId, officer: OfficerId) -> StoreResult<BTreeMap<u32, Vec<Theme>>> {
    let mut statement =
        db.prepare_cached("SELECT release_no, code, n FROM theme WHERE office_id = ?1 AND officer_id = ?2")?;
    let found = statement.query_map([office.get(), officer.get()], |row| Ok((row.get(0)?, theme(row, 1)?)))?;
    let mut shown: BTreeMap<u32, Vec<Theme>> = BTreeMap::new();
    for theme in found {
        let (release_no, theme) = theme?;
        shown.entry(release_no).or_default().push(theme);
    }
    Ok(shown)
}

/// The reasons of released visits that the officer does not see yet.
fn waiting(db: &Connection, office: OfficeId, officer: OfficerId) -> StoreResult<Vec<Theme>> {
    let mut statement = db.prepare_cached(
        // In this order: few reasons wait, and an office has many ratings.
        "SELECT code, count(*) FROM reason INDEXED BY reason_waiting CROSS JOIN rating
         WHERE reason.office_id = ?1 AND reason.officer_id = ?2 AND reason.release_no IS NULL
            AND rating.office_id = reason.office_id AND rating.device_id = reason.device_id
            AND rating.visit_serial = reason.visit_serial AND rating.counted = 1 AND rating.release_no IS NOT NULL
         GROUP BY code",
    )?;
    let found = statement.query_map([office.get(), officer.get()], |row| theme(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn keep(db: &Connection, office: OfficeId, officer: OfficerId, release_no: u32, theme: &Theme) -> StoreResult<()> {
    let Theme { code, count } = theme;
    db.prepare_cached("INSERT INTO theme (office_id, officer_id, release_no, code, n) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![office.get(), officer.get(), release_no, code.to_string(), count])?;
    Ok(())
}

fn theme(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Theme> {
    let code: String = row.get(column)?;
    let code = ReasonCode::try_from(code).map_err(|error| rows::unreadable(column, error))?;
    Ok(Theme { code, count: row.get(column + 1)? })
}
