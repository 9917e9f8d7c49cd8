//! `kill -9` while a database is brought to a new schema: it is at one version, whole, never between.
//!
//! Target: 200 kills, each database at the version its tables say, and brought forward at the next
//! start. The program under the knife is this test program itself, started again with a folder, as
//! no release has many steps yet; and the real server on an empty folder, whose first step makes
//! everything.

use crate::lab::server::ServerProgram;
use crate::lab::{Run, fast_folder};
use crate::power::is_sound;
use rusqlite::Connection;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use suara_loket::storage::{self, Schema};

const STEPS: i64 = 40;
const FOLDER: &str = "SUARA_FAULTS_MIGRATE_IN";

/// A step that takes a while: a new table with rows, an old table changed, and a note of itself.
fn step(number: i64) -> &'static str {
    let log = if number == 1 { "CREATE TABLE log (step INTEGER PRIMARY KEY);" } else { "" };
    let sql = format!(
        "{log} CREATE TABLE step_{number} (n INTEGER PRIMARY KEY, text TEXT);
         WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 1500)
         INSERT INTO step_{number} SELECT n, hex(randomblob(40)) FROM many;
         ALTER TABLE log ADD COLUMN since_{number} TEXT;
         INSERT INTO log (step) VALUES ({number});"
    );
    Box::leak(sql.into_boxed_str())
}

fn schema() -> Schema {
    let steps: Vec<&'static str> = (1..=STEPS).map(step).collect();
    Schema { name: "test", application_id: 99, migrations: Box::leak(steps.into()), wal_autocheckpoint_pages: 200 }
}

/// Also the program that gets killed.
#[test]
fn many_steps_end_at_the_newest_version() {
    let (own, given) = (fast_folder(), std::env::var_os(FOLDER));
    let folder = given.as_deref().map_or(own.path(), Path::new);
    storage::open(&folder.join("a.db"), &schema()).unwrap();
    assert_eq!(look(&folder.join("a.db")), (STEPS, STEPS, STEPS));
}

#[test]
fn a_migration_killed_at_any_moment_is_old_or_new() {
    let run = Run::begin("kill -9, in mid-migration", 10, 200);
    let mut dice = run.dice();
    let (mut between, longest) = (0, undisturbed());
    for _ in 0..run.count {
        let folder = fast_folder();
        let (mut child, path) = (migrate(folder.path()), folder.path().join("a.db"));
        wait_for(&path);
        std::thread::sleep(Duration::from_micros(dice.below(longest)));
        child.kill().unwrap();
        child.wait().unwrap();
        let (version, tables, notes) = look(&path);
        assert!(version == tables && tables == notes, "version {version} with {tables} tables and {notes} notes");
        between += u64::from(version > 0 && version < STEPS);
        storage::open(&path, &schema()).unwrap();
        assert_eq!(look(&path), (STEPS, STEPS, STEPS));
    }
    run.report(format!("{} kills, {between} of them between two versions, 0 half-way", run.count));
    assert!(between > 0, "no kill came in the middle: nothing was proven");
}

/// Starts this program again, as one that only migrates.
fn migrate(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill_migration::many_steps_end_at_the_newest_version"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How long a migration takes that nobody kills, in microseconds.
fn undisturbed() -> u64 {
    let folder = fast_folder();
    let mut child = migrate(folder.path());
    wait_for(&folder.path().join("a.db"));
    let begun = Instant::now();
    assert!(child.wait().unwrap().success());
    u64::try_from(begun.elapsed().as_micros()).unwrap()
}

fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_mins(1), "no migration begins");
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_server_killed_in_its_very_first_start_starts_again() {
    let run = Run::begin("kill -9, server's first start", 6, 200);
    let mut dice = run.dice();
    for _ in 0..run.count {
        let folder = fast_folder();
        let mut child = Command::new(env!("CARGO_BIN_EXE_suara-loket"))
            .args(["server", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .env("SUARA_LOG", "off")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(dice.below(50_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(ServerProgram::start(folder.path()));
        assert!(is_sound(&Connection::open(folder.path().join("server.db")).unwrap()));
    }
    run.report(format!("{} kills, {} starts afterwards", run.count, run.count));
}

/// The version a database says it has, the tables of steps, and the notes they left.
fn look(path: &Path) -> (i64, i64, i64) {
    let database = Connection::open(path).unwrap();
    assert!(is_sound(&database));
    let number = |sql: &str| database.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
    (
        number("PRAGMA user_version"),
        number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'step_%'"),
        number("SELECT count(*) FROM log"),
    )
}
