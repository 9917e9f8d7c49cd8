//! Looking into a kiosk's database after a fault, past the program that wrote it.

use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use suara_loket::domain::ids::EventId;
use uuid::Uuid;

/// The events in the queue of a folder, and whether the database is sound. A second event in the
/// same place, or the same event in a second place, is impossible by the table's keys.
pub fn events(folder: &Path) -> (BTreeSet<EventId>, bool) {
    let database = Connection::open(folder.join("kiosk.db")).unwrap();
    let present = ids(&database, "SELECT event_id FROM outbox");
    (present, crate::power::is_sound(&database))
}

pub fn ids(database: &Connection, query: &str) -> BTreeSet<EventId> {
    let mut statement = database.prepare(query).unwrap();
    let id = |row: &rusqlite::Row<'_>| Ok(EventId(Uuid::from_bytes(row.get(0)?)));
    statement.query_map([], id).unwrap().collect::<Result<_, _>>().unwrap()
}
