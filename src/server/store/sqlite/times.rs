//! Anchors, and the times they give to events.

use super::super::{IncomingBatch, StoreResult};
use super::devices::Chain;
use crate::domain::clock::{Anchor, Known, Moment, Placed, place_chain};
use crate::domain::ids::{DeviceId, OfficeId};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A stretch of a boot's clock, ms, both ends included.
pub(super) type Stretch = (i64, i64);

/// Keeps what is new or better than what was known; returns for each boot where that is.
pub(super) fn keep(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    anchors: &[Anchor],
) -> StoreResult<BTreeMap<Uuid, Stretch>> {
    let mut keep = db.prepare_cached(
        "INSERT INTO anchor (office_id, boot_id, boot_ms, device_id, server_ms, error_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (office_id, boot_id, boot_ms)
         DO UPDATE SET device_id = excluded.device_id, server_ms = excluded.server_ms, error_ms = excluded.error_ms
         WHERE excluded.error_ms < anchor.error_ms",
    )?;
    let mut better: BTreeMap<Uuid, Stretch> = BTreeMap::new();
    for anchor in anchors.iter().filter(|anchor| anchor.error_ms >= 0) {
        let Anchor { boot_id, boot_ms, server_ms, error_ms } = anchor;
        let values = params![office.get(), boot_id.as_bytes(), boot_ms, device.get(), server_ms, error_ms];
        if keep.execute(values)? > 0 {
            let stretch = better.entry(*boot_id).or_insert((*boot_ms, *boot_ms));
            *stretch = (stretch.0.min(*boot_ms), stretch.1.max(*boot_ms));
        }
    }
    Ok(better)
}

/// The anchors that say most of a stretch of a boot: those within it, and the next on either side.
pub(super) fn around(
    db: &Connection,
    office: OfficeId,
    boot: Uuid,
    (from_ms, to_ms): Stretch,
) -> StoreResult<Vec<Anchor>> {
    let mut statement = db.prepare_cached(
        "SELECT boot_id, boot_ms, server_ms, error_ms FROM anchor WHERE office_id = ?1 AND boot_id = ?2
         AND boot_ms >= coalesce((SELECT max(boot_ms) FROM anchor
                                  WHERE office_id = ?1 AND boot_id = ?2 AND boot_ms <= ?3), ?3)
         AND boot_ms <= coalesce((SELECT min(boot_ms) FROM anchor
                                  WHERE office_id = ?1 AND boot_id = ?2 AND boot_ms >= ?4), ?4)",
    )?;
    let found = statement.query_map(params![office.get(), boot.as_bytes(), from_ms, to_ms], anchor_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn of_boot(db: &Connection, office: OfficeId, boot: Uuid) -> StoreResult<Vec<Anchor>> {
    around(db, office, boot, (i64::MIN, i64::MAX))
}

fn anchor_row(row: &Row<'_>) -> rusqlite::Result<Anchor> {
    Ok(Anchor {
        boot_id: Uuid::from_bytes(row.get(0)?),
        boot_ms: row.get(1)?,
        server_ms: row.get(2)?,
        error_ms: row.get(3)?,
    })
}

/// When these events of a batch happened, in their order.
pub(super) fn place(
    db: &Connection,
    chain: &Chain,
    batch: &IncomingBatch,
    events: &[Moment],
    (not_before_ms, follows_ms): (Option<i64>, Option<i64>),
) -> StoreResult<Vec<Placed>> {
    let mut stretches: BTreeMap<Uuid, Stretch> = BTreeMap::new();
    for event in events.iter().chain([&batch.sent_at]) {
        let stretch = stretches.entry(event.boot_id).or_insert((event.boot_ms, event.boot_ms));
        *stretch = (stretch.0.min(event.boot_ms), stretch.1.max(event.boot_ms));
    }
    let mut anchors = Vec::new();
    for (boot, stretch) in stretches {
        anchors.extend(around(db, chain.office, boot, stretch)?);
    }
    let (sent, received_ms) = (&batch.sent_at, batch.received_at_ms);
    Ok(place_chain(events, &Known { anchors: &anchors, not_before_ms, follows_ms, sent, received_ms }))
}
