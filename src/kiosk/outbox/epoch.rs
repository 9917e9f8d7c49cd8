//! A new enrolment begins a new chain; what no server has yet goes over to it.

use super::position::{self, Position};
use super::rows::{self, Link};
use super::{ENROLMENT, Enrolment, OutboxResult, facts, quarantine};
use crate::domain::event::ChainHash;
use rusqlite::Connection;

/// How many events are held in memory at a time.
const AT_ONCE: usize = 1_000;

/// Where the chain of a new enrolment would begin: the first event that no server has whole.
pub(super) fn next_chain_from(db: &Connection) -> OutboxResult<u64> {
    let waiting_from = position::read(db)?.waiting_from;
    let first = rows::links_from(db, waiting_from, 1)?.first().map(|link| link.seq);
    let free = rows::head(db, 0)?.seq + 1;
    let first = first.unwrap_or(free);
    Ok(quarantine::oldest(db)?.map_or(first, |oldest| oldest.min(first)))
}

/// Notes the enrolment and moves every event from `chain_from` on into its chain: same ids, same
/// bodies, new hashes. Events before stay in the chain in which they were acknowledged.
pub(super) fn begin(step: &Connection, enrolment: &Enrolment, chain_from: u64) -> OutboxResult<()> {
    facts::put_json(step, ENROLMENT, enrolment)?;
    let (mut next, mut hash) = (chain_from, ChainHash::START);
    loop {
        let links = rows::links_from(step, next, AT_ONCE)?;
        let Some(last) = links.last() else { break };
        next = last.seq + 1;
        for link in links {
            let link = Link { epoch: enrolment.epoch, prev: hash, ..link };
            hash = link.hash();
            rows::rechain(step, &link)?;
        }
    }
    let before = position::read(step)?;
    position::write(step, Position { chain_from, waiting_from: chain_from, server_next: None, ..before })
}
