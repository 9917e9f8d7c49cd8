//! Looking into the server's database, past the program that wrote it.

use super::queue::ids;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use suara_loket::domain::ids::EventId;

pub struct Archive(Connection);

impl Archive {
    pub fn open(folder: &Path) -> Self {
        let database = Connection::open(folder.join("server.db")).unwrap();
        database.pragma_update(None, "busy_timeout", 5_000).unwrap();
        Self(database)
    }

    /// Every event of a device.
    pub fn events(&self) -> BTreeSet<EventId> {
        ids(&self.0, "SELECT event_id FROM event WHERE device_id > 0")
    }

    /// Every rating of a device.
    pub fn ratings(&self) -> BTreeSet<EventId> {
        ids(&self.0, "SELECT event_id FROM event WHERE device_id > 0 AND body ->> 'kind' = 'rated'")
    }

    /// Which of these are not here.
    pub fn missing(&self, of: &BTreeSet<EventId>) -> Vec<EventId> {
        let mut statement = self.0.prepare_cached("SELECT 1 FROM event WHERE event_id = ?1").unwrap();
        of.iter().filter(|id| !statement.exists([id.0.as_bytes()]).unwrap()).copied().collect()
    }

    /// How many ratings count beside another one of the same visit.
    pub fn doubled(&self) -> u64 {
        self.number(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM rating WHERE counted = 1
             GROUP BY device_id, visit_serial HAVING n > 1)",
        )
    }

    /// How many ratings count.
    pub fn counted(&self) -> u64 {
        self.number("SELECT count(*) FROM rating WHERE counted = 1")
    }

    pub fn number(&self, query: &str) -> u64 {
        self.0.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    }

    pub fn is_sound(&self) -> bool {
        crate::power::is_sound(&self.0)
    }

    pub fn database(&self) -> &Connection {
        &self.0
    }
}
