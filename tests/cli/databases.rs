//! Databases that are not ours to open stay as they are.

use crate::scene::verify;
use crate::support::eventually;
use crate::{complaint, suara_loket};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
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

/// What is named by mistake, and how it is told: a letter, a copy that was cut short, and another program's tables.
fn strangers(folder: &Path) -> [(PathBuf, &'static str); 3] {
    let [letter, cut, theirs] = ["letter.db", "cut.db", "theirs.db"].map(|name| folder.join(name));
    std::fs::write(&letter, "a letter to the mayor, kept for good; ".repeat(200)).unwrap();
    std::fs::write(&cut, "").unwrap();
    Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
    [(letter, "is no database"), (cut, "is empty"), (theirs, "is the database of another program")]
}

/// No mend that belongs to another mistake.
fn assert_mend(said: &str, is: &str) {
    assert!(said.contains(is) && said.contains("should be a") && said.contains("Is it the right file?"), "{said}");
    for wrong in ["--data folder", "folder exists", "Error code", "can be written"] {
        assert!(!said.contains(wrong), "{wrong} is no mend: {said}");
    }
}

#[test]
fn a_file_that_was_named_by_mistake_gets_the_mend_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (file, is) in strangers(folder.path()) {
        let file_name = file.to_str().unwrap();
        let output = verify(&["--file", file_name]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.trim().lines().count()), (Some(2), 1), "{said}");
        assert_mend(&said, is);
        assert_mend(&complaint(&mut suara_loket(&data, &["restore", "--from", file_name])), is);
        assert!(!data.join("server.db").exists(), "nothing was put in place of anything");
    }
    let missing = folder.path().join("missing.db");
    let said = complaint(&mut suara_loket(&data, &["restore", "--from", missing.to_str().unwrap()]));
    assert!(said.contains("missing.db") && said.contains("Check that the path is right"), "{said}");
}

#[test]
fn the_doctor_tells_a_wrong_file_from_a_damaged_one() {
    for (flag, name, restore) in
        [("--data", "server.db", "suara-loket restore"), ("--kiosk", "kiosk.db", "second copy")]
    {
        let elsewhere = tempfile::tempdir().unwrap();
        for (file, is) in strangers(elsewhere.path()) {
            let folder = tempfile::tempdir().unwrap();
            std::fs::copy(file, folder.path().join(name)).unwrap();
            let mut doctor = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
            let output = doctor.args(["doctor", flag]).arg(folder.path()).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let fault = said.lines().find(|line| line.starts_with("fault: ") && line.contains(name)).unwrap();
            assert_mend(fault, is);
            let may_be_damage = !is.contains("another program");
            assert_eq!(fault.contains(restore), may_be_damage, "{fault}");
        }
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
        assert!(said.contains(file) && said.contains("use another one, and keep this one as it is"), "{said}");
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
