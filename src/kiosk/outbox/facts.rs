//! The statements on everything that is no event: identity, bundles, cards, notes, evidence.

use super::{OutboxError, OutboxResult};
use crate::domain::day_card::DayCard;
use crate::domain::ids::OfficerId;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Far more than honest servers ever cause; bounds what a broken one can fill the disk with.
const MOST_EVIDENCE: i64 = 1_000;

pub(super) fn get_json<T: DeserializeOwned>(db: &Connection, key: &str) -> OutboxResult<Option<T>> {
    get_text(db, key)?.map(|text| from_json(&text)).transpose()
}

pub(super) fn get_text(db: &Connection, key: &str) -> OutboxResult<Option<String>> {
    let mut statement = db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn put_json(db: &Connection, key: &str, value: &impl Serialize) -> OutboxResult<()> {
    put_text(db, key, &to_json(value)?)
}

pub(super) fn put_text(db: &Connection, key: &str, text: &str) -> OutboxResult<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute([key, text])?;
    Ok(())
}

pub(super) fn remove(db: &Connection, key: &str) -> OutboxResult<()> {
    db.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
    Ok(())
}

pub(super) fn put_cards(db: &Connection, cards: &[DayCard]) -> OutboxResult<()> {
    let step = db.unchecked_transaction()?;
    for card in cards {
        step.prepare_cached(
            "INSERT INTO card (officer_id, body) VALUES (?1, ?2)
             ON CONFLICT (officer_id) DO UPDATE SET body = excluded.body WHERE body <> excluded.body",
        )?
        .execute(params![card.officer.get(), to_json(card)?])?;
    }
    Ok(step.commit()?)
}

pub(super) fn card(db: &Connection, officer: OfficerId) -> OutboxResult<Option<DayCard>> {
    let text: Option<String> = db
        .prepare_cached("SELECT body FROM card WHERE officer_id = ?1")?
        .query_row([officer.get()], |row| row.get(0))
        .optional()?;
    text.map(|text| from_json(&text)).transpose()
}

/// Sets a note, or removes it.
pub(super) fn set_note(db: &Connection, key: &str, value: Option<&str>) -> OutboxResult<()> {
    match value {
        Some(value) => db
            .prepare_cached(
                "INSERT INTO note (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )?
            .execute([key, value])?,
        None => db.prepare_cached("DELETE FROM note WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

pub(super) fn notes(db: &Connection) -> OutboxResult<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT key, value FROM note ORDER BY key")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

pub(super) fn keep_evidence(db: &Connection, kind: &str, body: &str) -> OutboxResult<()> {
    let sql = "INSERT INTO evidence (kind, body) SELECT ?1, ?2
         WHERE (SELECT count(*) FROM evidence) < ?3
           AND NOT EXISTS (SELECT 1 FROM evidence WHERE kind = ?1 AND body = ?2)";
    db.prepare_cached(sql)?.execute(params![kind, body, MOST_EVIDENCE])?;
    Ok(())
}

pub(super) fn evidence(db: &Connection) -> OutboxResult<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT kind, body FROM evidence ORDER BY number")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

pub(super) fn to_json(value: &impl Serialize) -> OutboxResult<String> {
    serde_json::to_string(value).map_err(|error| OutboxError::Unreadable(error.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> OutboxResult<T> {
    serde_json::from_str(text).map_err(|error| OutboxError::Unreadable(error.to_string()))
}
