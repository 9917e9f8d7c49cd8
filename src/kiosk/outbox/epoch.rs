//! A new enrolment begins a new chain; what the server does not have goes over to it.

use super::position::{self, Position};
use super::rows::{self, Link};
use super::{ChainStart, ENROLMENT, EPOCHS, Enrolment, LAST_VISIT, OutboxResult, alone, facts, quarantine};
use crate::domain::event::ChainHash;
use rusqlite::Connection;

/// How many events are held in memory at a time.
const AT_ONCE: usize = 1_000;

/// Where the chain of a new enrolment may begin.
pub(super) fn chain_start(db: &Connection) -> OutboxResult<ChainStart> {
    let waiting_from = position::read(db)?.waiting_from;
    let first_from = |place| Ok::<_, rusqlite::Error>(rows::links_from(db, place, 1)?.first().map(|link| link.seq));
    let free = rows::last_used(db)? + 1;
    let waiting = first_from(waiting_from)?.unwrap_or(free);
    let latest = quarantine::oldest(db)?.map_or(waiting, |oldest| oldest.min(waiting));
    Ok(ChainStart { latest, earliest: first_from(0)?.unwrap_or(free) })
}

/// The epochs of all enrolments of this kiosk, in their order.
pub(super) fn all(db: &Connection) -> OutboxResult<Vec<u64>> {
    Ok(facts::get_json(db, EPOCHS)?.unwrap_or_default())
}

/// Notes an enrolment and moves every event from `chain_from` on into its chain: same ids, same
/// bodies, new hashes. Events before stay in the chain in which they were acknowledged.
pub(super) fn begin(step: &Connection, enrolment: &Enrolment, chain_from: u64) -> OutboxResult<()> {
    let before = facts::get_json::<Enrolment>(step, ENROLMENT)?;
    // Visits of another device are other visits: their numbers start anew.
    if before.is_some_and(|before| before.device != enrolment.device) {
        facts::put_json(step, LAST_VISIT, &0)?;
    }
    facts::put_json(step, ENROLMENT, enrolment)?;
    alone::forget(step)?;
    let mut epochs = all(step)?;
    epochs.push(enrolment.epoch);
    facts::put_json(step, EPOCHS, &epochs)?;
    let before = position::read(step)?;
    position::write(step, Position { chain_from, waiting_from: chain_from, server_next: None, ..before })?;
    chain(step, enrolment.epoch, chain_from)
}

/// Gives every event from `chain_from` on a place in the chain of this epoch, unless it has one.
pub(super) fn chain(step: &Connection, epoch: u64, chain_from: u64) -> OutboxResult<()> {
    let (mut next, mut hash) = (chain_from, ChainHash::START);
    loop {
        let links = rows::links_from(step, next, AT_ONCE)?;
        let Some(last) = links.last() else { return Ok(()) };
        next = last.seq + 1;
        for mut link in links {
            if link.epoch != epoch {
                link = Link { epoch, prev: hash, ..link };
                rows::rechain(step, &link)?;
            }
            hash = link.hash();
        }
    }
}
