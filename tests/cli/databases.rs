//! Databases that are not ours to open stay as they are.

use crate::support::eventually;
use crate::{complaint, suara_loket};
use rusqlite::Connection;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use suara_loket::kiosk::outbox::Outbox;
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::system::{SystemClock, system_random};

/// The commands that open a database, and its file in their data folder.
fn openers(data: &Path) -> [(Command, &'static str); 2] {
    let server = suara_loket(data, &["server", "--listen", "127.0.0.1:0"]);
    let mut kiosk = suara_loket(data, &["kiosk", "--headless"]);
    kiosk.env("SUARA_LOG", "off");
    [(server, "server.db"), (kiosk, "kiosk.db")]
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    make_newer(data.path());
    for (mut command, file) in openers(data.path()) {
        let path = data.path().join(file);
        let before = std::fs::read(&path).unwrap();
        let said = complaint(&mut command);
        assert!(said.contains("newer version (schema 4711") && said.contains("Upgrade suara-loket"), "{said}");
        assert!(std::fs::read(&path).unwrap() == before, "{file} was changed");
    }
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    for (mut command, file) in openers(data.path()) {
        let path = data.path().join(file);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
        let before = std::fs::read(&path).unwrap();
        let said = complaint(&mut command);
        assert!(said.contains("is not a") && said.contains("Choose another --data folder"), "{said}");
        assert!(std::fs::read(&path).unwrap() == before, "{file} was changed");
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    for (mut command, file) in openers(data.path()) {
        let path = data.path().join(file);
        std::fs::write(&path, "a letter to the mayor, kept for good; ".repeat(200)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let said = complaint(&mut command);
        assert!(said.contains(file), "{said}");
        assert!(std::fs::read(&path).unwrap() == before, "{file} was changed");
    }
}

/// The databases of both sides, as a program of the future would leave them.
fn make_newer(data: &Path) {
    drop(SqliteStore::open(data).unwrap());
    drop(Outbox::open(data, Arc::new(SystemClock::new()), system_random()).unwrap());
    for file in ["server.db", "kiosk.db"] {
        // Their threads close the files a moment later, and with them goes the log.
        let log = data.join(format!("{file}-wal"));
        eventually("a closed database", || (!log.exists()).then_some(()));
        let database = Connection::open(data.join(file)).unwrap();
        database.pragma_update(None, "user_version", 4711).unwrap();
    }
}
