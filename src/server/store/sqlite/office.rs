//! Offices, counters, services and officers.

use super::super::{NewOfficer, OfficeRow, OfficerRow, StoreError, StoreResult};
use super::rows;
use crate::domain::ids::{CounterId, OfficeId, OfficerId, ServiceId};
use crate::domain::office::{Counter, Office, Officer, Service};
use crate::domain::opening_hours::OpeningHours;
use jiff::tz::TimeZone;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use std::collections::BTreeSet;

pub(super) fn add_office(db: &Connection, name: &str, zone: &str, releases: &str) -> StoreResult<OfficeId> {
    let id = rows::next_number(db, "SELECT max(office_id) FROM office", [])?;
    let insert = "INSERT INTO office (office_id, name, zone, releases) VALUES (?1, ?2, ?3, ?4)";
    insert_named(db, insert, params![id, name, zone, releases], name)?;
    to_id(id)
}

pub(super) fn offices(db: &Connection) -> StoreResult<Vec<OfficeRow>> {
    let mut statement =
        db.prepare_cached("SELECT office_id, name, zone, releases, hours FROM office ORDER BY office_id")?;
    let rows = statement.query_map([], |row| {
        Ok(OfficeRow {
            office: Office {
                id: rows::office_id(row, 0)?,
                name: row.get(1)?,
                zone: row.get(2)?,
                hours: hours(row, 4)?,
            },
            releases: row.get::<_, String>(3)?.parse().map_err(|error| rows::unreadable(3, error))?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn hours(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<OpeningHours>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse()).transpose().map_err(|error| rows::unreadable(column, error))
}

pub(super) fn set_hours(db: &Connection, office: OfficeId, hours: Option<&str>) -> StoreResult<()> {
    let mut statement = db.prepare_cached("UPDATE office SET hours = ?2 WHERE office_id = ?1")?;
    match statement.execute(params![office.get(), hours])? {
        0 => Err(StoreError::Missing(format!("office {office}"))),
        _ => Ok(()),
    }
}

pub(super) fn add_counter(db: &Connection, office: OfficeId, name: &str) -> StoreResult<CounterId> {
    let id = rows::next_number(db, "SELECT max(counter_id) FROM counter WHERE office_id = ?1", [office.get()])?;
    let insert = "INSERT INTO counter (office_id, counter_id, name) VALUES (?1, ?2, ?3)";
    insert_named(db, insert, params![office.get(), id, name], name)?;
    to_id(id)
}

pub(super) fn counters(db: &Connection, office: OfficeId) -> StoreResult<Vec<Counter>> {
    let mut statement =
        db.prepare_cached("SELECT counter_id, name FROM counter WHERE office_id = ?1 ORDER BY counter_id")?;
    let rows =
        statement.query_map([office.get()], |row| Ok(Counter { id: rows::counter_id(row, 0)?, name: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn add_service(db: &Connection, office: OfficeId, code: &str, name: &str) -> StoreResult<ServiceId> {
    let id = rows::next_number(db, "SELECT max(service_id) FROM service WHERE office_id = ?1", [office.get()])?;
    let insert = "INSERT INTO service (office_id, service_id, code, name) VALUES (?1, ?2, ?3, ?4)";
    insert_named(db, insert, params![office.get(), id, code, name], code)?;
    to_id(id)
}

pub(super) fn services(db: &Connection, office: OfficeId) -> StoreResult<Vec<Service>> {
    let mut statement =
        db.prepare_cached("SELECT service_id, code, name FROM service WHERE office_id = ?1 ORDER BY service_id")?;
    let rows = statement.query_map([office.get()], |row| {
        Ok(Service { id: rows::service_id(row, 0)?, code: row.get(1)?, name: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn add_officer(db: &Connection, office: OfficeId, new: &NewOfficer) -> StoreResult<OfficerId> {
    let id = rows::next_number(db, "SELECT max(officer_id) FROM officer WHERE office_id = ?1", [office.get()])?;
    let insert = "INSERT INTO officer (office_id, officer_id, name, login, pin_hash, password_hash, portrait_svg)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let NewOfficer { name, login, pin_hash, password_hash, portrait_svg } = new;
    let values = params![office.get(), id, name, login, pin_hash, password_hash, portrait_svg];
    insert_named(db, insert, values, login)?;
    to_id(id)
}

pub(super) fn zone(db: &Connection, office: OfficeId) -> StoreResult<TimeZone> {
    let mut statement = db.prepare_cached("SELECT zone FROM office WHERE office_id = ?1")?;
    let found = statement.query_row([office.get()], |row| rows::zone(row, 0)).optional()?;
    found.ok_or_else(|| StoreError::Missing(format!("office {office}")))
}

pub(super) fn officer_ids(db: &Connection, office: OfficeId) -> StoreResult<BTreeSet<OfficerId>> {
    let mut statement = db.prepare_cached("SELECT officer_id FROM officer WHERE office_id = ?1")?;
    let found = statement.query_map([office.get()], |row| rows::officer_id(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

const OFFICER: &str = "SELECT office_id, officer_id, name, portrait_svg, pin_hash, password_hash FROM officer";

pub(super) fn officers(db: &Connection, office: OfficeId) -> StoreResult<Vec<OfficerRow>> {
    let mut statement = db.prepare_cached(&format!("{OFFICER} WHERE office_id = ?1 ORDER BY officer_id"))?;
    let rows = statement.query_map([office.get()], officer_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn officer_by_login(db: &Connection, login: &str) -> StoreResult<Option<OfficerRow>> {
    let mut statement = db.prepare_cached(&format!("{OFFICER} WHERE login = ?1"))?;
    Ok(statement.query_row([login], officer_row).optional()?)
}

pub(super) fn officer(db: &Connection, office: OfficeId, officer: OfficerId) -> StoreResult<Option<OfficerRow>> {
    let mut statement = db.prepare_cached(&format!("{OFFICER} WHERE office_id = ?1 AND officer_id = ?2"))?;
    Ok(statement.query_row([office.get(), officer.get()], officer_row).optional()?)
}

fn officer_row(row: &Row<'_>) -> rusqlite::Result<OfficerRow> {
    Ok(OfficerRow {
        office: rows::office_id(row, 0)?,
        officer: Officer { id: rows::officer_id(row, 1)?, name: row.get(2)?, portrait_svg: row.get(3)? },
        pin_hash: row.get(4)?,
        password_hash: row.get(5)?,
    })
}

/// Inserts a row whose name must be free and whose office must exist.
fn insert_named(db: &Connection, sql: &str, params: impl rusqlite::Params, name: &str) -> StoreResult<()> {
    match db.prepare_cached(sql)?.execute(params) {
        Ok(_) => Ok(()),
        Err(rusqlite::Error::SqliteFailure(failure, text)) if failure.code == ErrorCode::ConstraintViolation => {
            let foreign = text.as_deref().is_some_and(|text| text.contains("FOREIGN KEY"));
            Err(if foreign {
                StoreError::Missing("such office".to_owned())
            } else {
                StoreError::Taken(name.to_owned())
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn to_id<T: TryFrom<u32>>(number: u32) -> StoreResult<T>
where
    T::Error: std::fmt::Display,
{
    T::try_from(number).map_err(|error| StoreError::Failed(error.to_string()))
}
