//! Where the server stands: one row, moved by its authentic answers only.

use super::OutboxResult;
use super::rows::{as_i64, as_u64, seq};
use rusqlite::{Connection, params};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The first event of the present chain.
    pub chain_from: u64,
    /// The first event that is not acknowledged.
    pub waiting_from: u64,
    /// What the server expects next, once it said so in this chain.
    pub server_next: Option<u64>,
    /// Everything below was acknowledged, kept for its time and removed.
    pub pruned_below: u64,
}

impl Position {
    /// Verdicts came for `count` events from `first` on, and the server expects `next`. Nothing
    /// counts as acknowledged that the server does not say it has.
    pub(super) fn acknowledged(self, first: u64, count: u64, next: u64) -> Self {
        let next = next.max(self.chain_from);
        let waiting_from = self.waiting_from.max(first.saturating_add(count)).min(next);
        Self { waiting_from, server_next: Some(next), ..self }
    }

    /// The server expects `next`: from there on everything waits again.
    pub(super) fn rewound(self, next: u64) -> Self {
        let next = next.max(self.chain_from);
        Self { waiting_from: self.waiting_from.min(next), server_next: Some(next), ..self }
    }

    /// Below this, events are acknowledged and on the server.
    pub(super) fn safe_below(self) -> u64 {
        self.server_next.map_or(self.chain_from, |next| next.min(self.waiting_from))
    }
}

pub(super) fn read(db: &Connection) -> OutboxResult<Position> {
    let mut statement =
        db.prepare_cached("SELECT chain_from, waiting_from, server_next, pruned_below FROM position")?;
    Ok(statement.query_row([], |row| {
        Ok(Position {
            chain_from: seq(row, 0)?,
            waiting_from: seq(row, 1)?,
            server_next: row.get::<_, Option<i64>>(2)?.map(as_u64),
            pruned_below: seq(row, 3)?,
        })
    })?)
}

pub(super) fn write(db: &Connection, position: Position) -> OutboxResult<()> {
    let Position { chain_from, waiting_from, server_next, pruned_below } = position;
    let sql = "UPDATE position SET chain_from = ?1, waiting_from = ?2, server_next = ?3, pruned_below = ?4";
    let values = params![as_i64(chain_from), as_i64(waiting_from), server_next.map(as_i64), as_i64(pruned_below)];
    db.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
