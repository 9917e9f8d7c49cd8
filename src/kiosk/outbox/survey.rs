//! How the queue stands at one moment, for the technician: the same beside a running kiosk and inside it.

use super::{Depth, LAST_ACKNOWLEDGED, Outbox, OutboxResult, anchors, facts, quarantine, rows};
use crate::domain::clock::{Anchor, Moment};
use crate::domain::event::EventBody;
use rusqlite::{Connection, OptionalExtension};

/// How the queue stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How full it is.
    pub depth: Depth,
    /// When the oldest event happened that no server has acknowledged, by the kiosk's own clocks.
    pub oldest_waiting: Option<Moment>,
    /// When a server last acknowledged something, if only that nothing waits.
    pub acknowledged: Option<Moment>,
    /// The last that was heard of the server's time.
    pub anchor: Option<Anchor>,
    /// How many events no server could take so far.
    pub withheld: u64,
    /// How the synchronisation stands, by key and value.
    pub notes: Vec<(String, String)>,
}

impl Outbox {
    /// How the queue stands; `answer` is called on the writer's thread.
    pub fn survey(&self, answer: impl FnOnce(OutboxResult<Survey>) + Send + 'static) {
        self.hand_over(answer, |writer| survey(writer.connection()));
    }

    /// Asks the writer for a sign of life; `answer` is called on its thread.
    pub fn ask_writer(&self, answer: impl FnOnce(OutboxResult<()>) + Send + 'static) {
        self.hand_over(answer, |_writer| Ok(()));
    }
}

pub(super) fn survey(db: &Connection) -> OutboxResult<Survey> {
    Ok(Survey {
        depth: rows::depth(db)?,
        oldest_waiting: oldest_waiting(db)?,
        acknowledged: facts::get_json(db, LAST_ACKNOWLEDGED)?,
        anchor: anchors::latest(db)?,
        withheld: quarantine::all(db)?.len() as u64,
        notes: facts::notes(db)?,
    })
}

fn oldest_waiting(db: &Connection) -> OutboxResult<Option<Moment>> {
    let mut statement = db.prepare_cached("SELECT body FROM waiting ORDER BY seq LIMIT 1")?;
    let body: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    body.map(|body| facts::from_json::<EventBody>(&body).map(|body| body.at)).transpose()
}
