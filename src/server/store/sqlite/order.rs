//! The ratings of a chain in order, after some were placed where the order may be another.
//!
//! The everyday does not come here: what arrives is placed after what is there. Only what falls before it,
//! and what is placed again, has neighbours to be compared with. They are found by the events of the chain.

use super::super::{DailyKey, StoreResult};
use super::ratings::{self, Books};
use super::{devices, rows};
use crate::domain::clock::{InChain, Placed, Reach, TimeQuality, in_order};
use crate::domain::event::{EventBody, What};
use crate::domain::ids::{DeviceId, EventId, OfficeId, VisitId};
use crate::domain::stars::Stars;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A part of a chain by the places of its links, both ends included.
pub(super) type Links = (u64, u64);

/// A rating that was placed.
pub(super) struct PlacedRating {
    pub id: EventId,
    pub visit: VisitId,
    pub key: DailyKey,
    pub stars: Stars,
    pub counted: bool,
    pub in_chain: InChain,
}

impl PlacedRating {
    /// Of the columns from `first` on: time, bound, quality, arrival, the daily key, stars, counted.
    pub(super) fn read(row: &Row<'_>, (id, visit): (EventId, VisitId), first: usize) -> rusqlite::Result<Self> {
        let quality = TimeQuality::from_name(row.get_ref(first + 2)?.as_str()?);
        let placed = Placed { at_ms: row.get(first)?, bound_ms: row.get(first + 1)?, quality };
        Ok(Self {
            id,
            visit,
            key: ratings::daily_key(row, first + 4)?,
            stars: rows::stars(row, first + 8)?,
            counted: row.get(first + 9)?,
            in_chain: InChain { placed, received_ms: row.get(first + 3)? },
        })
    }
}

impl Books<'_> {
    /// Remembers that the rating of this link may be out of order.
    pub(super) fn unsettle(&mut self, device: DeviceId, seq: u64) {
        let links = self.unsettled.entry(device).or_insert((seq, seq));
        *links = (links.0.min(seq), links.1.max(seq));
    }

    /// Puts the ratings in order that may be out of it; true if there were any.
    pub(super) fn put_in_order(&mut self) -> StoreResult<bool> {
        let unsettled = std::mem::take(&mut self.unsettled);
        for (device, links) in &unsettled {
            self.put_chain_in_order(*device, *links)?;
            let last = ratings_of(self.db, self.office, *device, Way::Back(u64::MAX), |_| true)?;
            let last_at_ms = last.first().map(|held| held.in_chain.placed.at_ms);
            devices::save_last_at(self.db, self.office, *device, last_at_ms)?;
        }
        Ok(!unsettled.is_empty())
    }

    fn put_chain_in_order(&mut self, device: DeviceId, links: Links) -> StoreResult<()> {
        let chain = out_of_order(self.db, self.office, device, links)?;
        let placed = in_order(&chain.iter().map(|held| held.in_chain).collect::<Vec<_>>());
        let mut moved = Vec::new();
        for (held, placed) in chain.iter().zip(&placed) {
            if held.in_chain.placed.at_ms != placed.at_ms {
                self.place_anew(held, placed)?;
                moved.push(held.visit);
            }
        }
        moved.into_iter().try_for_each(|visit| self.count_one(visit))
    }
}

/// The ratings of these links, and of those around as far as they might have to move.
fn out_of_order(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    (from, to): Links,
) -> StoreResult<Vec<PlacedRating>> {
    let mut reach = Reach::NONE;
    let within = ratings_of(db, office, device, Way::On(from, to), |held| {
        reach.add(&held.in_chain);
        false
    })?;
    let mut chain = ratings_of(db, office, device, Way::Back(from), |held| {
        let is_enough = reach.begins_after(&held.in_chain);
        reach.add(&held.in_chain);
        is_enough
    })?;
    chain.reverse();
    chain.extend(within);
    chain.extend(ratings_of(db, office, device, Way::On(to.saturating_add(1), u64::MAX), |held| {
        let is_enough = reach.ends_before(&held.in_chain);
        reach.add(&held.in_chain);
        is_enough
    })?);
    Ok(chain)
}

/// Which links of a chain, and in which direction.
#[derive(Clone, Copy)]
enum Way {
    /// Those before, the last one first.
    Back(u64),
    /// From one to another.
    On(u64, u64),
}

/// Ratings along a chain until it is enough, the one that says so included.
fn ratings_of(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    way: Way,
    mut is_enough: impl FnMut(&PlacedRating) -> bool,
) -> StoreResult<Vec<PlacedRating>> {
    let (from, to, direction) = match way {
        Way::Back(before) => (0, before.saturating_sub(1), "DESC"),
        Way::On(from, to) => (from, to, "ASC"),
    };
    let mut statement = db.prepare_cached(&format!(
        "SELECT event_id, body FROM event
         WHERE office_id = ?1 AND device_id = ?2 AND seq BETWEEN ?3 AND ?4
            AND repeats IS NULL AND parked_reason IS NULL AND body IS NOT NULL ORDER BY seq {direction}"
    ))?;
    let mut links = statement.query(params![office.get(), device.get(), rows::as_i64(from), rows::as_i64(to)])?;
    let mut found = Vec::new();
    while let Some(link) = links.next()? {
        let body: String = link.get(1)?;
        let Some(visit) = rated_visit(&body, device) else { continue };
        let Some(held) = held(db, office, visit, rows::event_id(link, 0)?)? else { continue };
        let is_last = is_enough(&held);
        found.push(held);
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// The visit that an event rates, if it does.
fn rated_visit(body: &str, sender: DeviceId) -> Option<VisitId> {
    let EventBody { device, what, .. } = serde_json::from_str(body).ok()?;
    let What::Rated { visit, .. } = what else { return None };
    Some(VisitId { device: device.unwrap_or(sender), serial: visit })
}

fn held(db: &Connection, office: OfficeId, visit: VisitId, id: EventId) -> StoreResult<Option<PlacedRating>> {
    let mut statement = db.prepare_cached(
        "SELECT occurred_at_ms, bound_ms, time_quality, received_at_ms, day, officer_id, service_id, channel, stars, counted
         FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND event_id = ?4",
    )?;
    let key = params![office.get(), visit.device.get(), visit.serial.get(), id.0.as_bytes()];
    Ok(statement.query_row(key, |row| PlacedRating::read(row, (id, visit), 0)).optional()?)
}
