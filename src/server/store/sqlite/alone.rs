//! Releases that kiosks made alone: taken over as they were shown, whatever the batches look like in which they
//! come (docs/decisions/0014-releases-alone.md).

use super::super::StoreResult;
use super::devices::Chain;
use super::releases::{self, NewRelease};
use super::{flags, themes};
use crate::domain::alone::OwnRelease;
use crate::domain::clock::civil_day;
use crate::domain::ids::{DeviceId, EventId, OfficeId, OfficerId, VisitId};
use rusqlite::{Connection, OptionalExtension, params};

/// A kiosk's release that arrived.
pub(super) struct Arrived<'a> {
    pub event: EventId,
    /// Where its visits took place.
    pub device: DeviceId,
    pub release: &'a OwnRelease,
    /// When the kiosk recorded it, by the server's clock.
    pub recorded_ms: i64,
}

/// Takes a release over. It is one that has happened: its numbers stay as the officer has seen them.
pub(super) fn take_over(db: &Connection, chain: &Chain, arrived: &Arrived<'_>) -> StoreResult<()> {
    let Arrived { event, device, release, recorded_ms } = arrived;
    let (office, officer, at_ms) = (chain.office, release.officer, release.due_ms(*recorded_ms));
    let (day, spread) = (civil_day(at_ms, &chain.zone), release.spread);
    let number = releases::keep(db, &NewRelease { office, officer, at_ms, day, spread, alone: Some(*event) })?;
    let visits: Vec<VisitId> =
        release.visits.iter().map(|serial| VisitId { device: *device, serial: *serial }).collect();
    for visit in &visits {
        if !put_in(db, office, *visit, (officer, number))? {
            remember(db, office, *visit, (officer, number))?;
        }
    }
    for theme in &release.themes {
        themes::take_over(db, office, (officer, number), &visits, theme)?;
    }
    flags::leave_out(db, office, officer, number)
}

/// Puts a rating that came late into the release in which its kiosk showed it.
pub(super) fn put_in_late(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<()> {
    let key = params![office.get(), visit.device.get(), visit.serial.get()];
    let mut statement = db.prepare_cached(
        "SELECT officer_id, release_no FROM released_visit
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
    )?;
    let known = statement.query_row(key, |row| Ok((super::rows::officer_id(row, 0)?, row.get(1)?))).optional()?;
    known.map_or(Ok(()), |release| put_in(db, office, visit, release).map(drop))
}

/// Frees what waited for a release of a device, now that its chain has gone past it; what the same kiosk sent
/// under an earlier name, too.
pub(super) fn free(db: &Connection, office: OfficeId, device: DeviceId) -> StoreResult<()> {
    db.prepare_cached(
        "WITH RECURSIVE same (device_id) AS (
            SELECT ?2
            UNION SELECT previous_device_id FROM device JOIN same USING (device_id)
            WHERE office_id = ?1 AND previous_device_id IS NOT NULL)
         UPDATE rating INDEXED BY rating_held SET held_by = NULL
         WHERE office_id = ?1 AND held_by IN (SELECT device_id FROM same)",
    )?
    .execute([office.get(), device.get()])?;
    Ok(())
}

fn put_in(db: &Connection, office: OfficeId, visit: VisitId, (officer, number): (OfficerId, u32)) -> StoreResult<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE rating SET release_no = ?5
             WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND officer_id = ?4
                AND counted = 1 AND release_no IS NULL",
        )?
        .execute(params![office.get(), visit.device.get(), visit.serial.get(), officer.get(), number])?;
    Ok(changed > 0)
}

fn remember(db: &Connection, office: OfficeId, visit: VisitId, (officer, number): (OfficerId, u32)) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO released_visit (office_id, device_id, visit_serial, officer_id, release_no)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?
    .execute(params![office.get(), visit.device.get(), visit.serial.get(), officer.get(), number])?;
    Ok(())
}
