//! Receipt codes: which answers they belong to, and whether those are in the ledger.

use super::super::StoreResult;
use super::leaves::Leaves;
use super::ledger::Ledger;
use super::{events, rows};
use crate::domain::ids::{OfficeId, VisitId};
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Channel;
use rusqlite::{Connection, OptionalExtension, params};

/// How many codes are written at once. More would make a look-up among the last ones, which are not
/// written yet, slow; fewer would touch as many pages for less.
pub(super) const TOGETHER: u64 = 8_192;

/// Whether the answer with this code is a leaf of the ledger.
pub(super) fn is_included(db: &Connection, office: OfficeId, receipt: ReceiptCode) -> StoreResult<bool> {
    let mut statement = db.prepare_cached("SELECT leaf_index FROM receipt WHERE office_id = ?1 AND code = ?2")?;
    let key = params![office.get(), rows::as_i64(receipt.as_u64())];
    let written = statement.query_map(key, |row| row.get(0).map(rows::as_u64))?.collect::<Result<Vec<_>, _>>()?;
    let last = codes_from(db, office, Ledger::load(db, office)?.receipts())?;
    let last = last.into_iter().filter(|(code, _)| *code == receipt).map(|(_, index)| index);
    for index in written.into_iter().chain(last) {
        if is_leaf_of(db, office, receipt, index)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The codes of the leaves from this one on.
pub(super) fn codes_from(db: &Connection, office: OfficeId, index: u64) -> StoreResult<Vec<(ReceiptCode, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, leaf_index FROM event INDEXED BY event_by_leaf
         WHERE office_id = ?1 AND leaf_index >= ?2 AND leaf_index IS NOT NULL",
    )?;
    let found = statement.query_map(params![office.get(), rows::as_i64(index)], |row| {
        Ok((ReceiptCode::of(rows::event_id(row, 0)?), rows::as_u64(row.get(1)?)))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Writes the codes of the leaves from this one on.
pub(super) fn write_from(db: &Connection, office: OfficeId, index: u64) -> StoreResult<()> {
    let mut codes = codes_from(db, office, index)?;
    codes.sort_unstable();
    let mut write = db.prepare_cached(
        "INSERT INTO receipt (office_id, code, leaf_index) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for (code, index) in codes {
        write.execute(params![office.get(), rows::as_i64(code.as_u64()), rows::as_i64(index)])?;
    }
    Ok(())
}

fn is_leaf_of(db: &Connection, office: OfficeId, receipt: ReceiptCode, index: u64) -> StoreResult<bool> {
    let Some(link) = events::of_leaf(db, office, index)?.filter(|link| ReceiptCode::of(link.id) == receipt) else {
        return Ok(false);
    };
    Leaves::of(db, office)?.hold(&link)
}

/// The code of the answer given to a visit by QR code.
pub(super) fn late(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<Option<ReceiptCode>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND channel = ?4",
    )?;
    let key = params![office.get(), visit.device.get(), visit.serial.get(), Channel::Qr.as_str()];
    Ok(statement.query_row(key, |row| rows::event_id(row, 0)).optional()?.map(ReceiptCode::of))
}
