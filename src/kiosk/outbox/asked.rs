//! How often this kiosk asked each question of the survey, so that the least asked comes next.

use super::{ASKED, OutboxResult, facts};
use crate::domain::event::What;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Asked {
    counts: [u32; 9],
    /// The last event that is counted: after damage only later ones are counted again.
    through: u64,
}

/// How often each was asked, in the order of the regulation.
pub(super) fn counts(db: &Connection) -> OutboxResult<[u32; 9]> {
    Ok(read(db)?.counts)
}

/// Counts an event that asked, once.
pub(super) fn note(step: &Connection, seq: u64, what: &What) -> OutboxResult<()> {
    let What::Asked { element, .. } = what else { return Ok(()) };
    let mut asked = read(step)?;
    if seq <= asked.through {
        return Ok(());
    }
    asked.through = seq;
    if let Some(count) = asked.counts.get_mut(element.index()) {
        *count = count.saturating_add(1);
    }
    facts::put_json(step, ASKED, &asked)
}

fn read(db: &Connection) -> OutboxResult<Asked> {
    Ok(facts::get_json(db, ASKED)?.unwrap_or_default())
}
