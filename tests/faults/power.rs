//! A power cut loses nothing that was acknowledged, and the harness can see when one does.
//!
//! Target: 2,000 cuts of each, 0 acknowledged records lost, 0 databases corrupt. The controls write with
//! settings that are known to lose (`WAL` with `NORMAL`; a rollback journal with `FULL`), on the
//! same disks and under the same cuts.

use crate::lab::disk::PowerDisk;
use crate::lab::{Dice, Run};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc;

/// What the cuts of one run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Toll {
    pub cuts: u64,
    pub acknowledged: u64,
    pub lost: u64,
    /// The most that one cut took.
    pub most: u64,
    pub corrupt: u64,
}

impl Toll {
    /// Adds what one cut took.
    pub fn add<T: Ord>(&mut self, acknowledged: &BTreeSet<T>, present: &BTreeSet<T>, sound: bool) {
        let lost = acknowledged.difference(present).count() as u64;
        self.cuts += 1;
        self.acknowledged += acknowledged.len() as u64;
        self.lost += lost;
        self.most = self.most.max(lost);
        self.corrupt += u64::from(!sound);
    }
}

impl std::fmt::Display for Toll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cuts, acknowledged, lost, most, corrupt } = self;
        write!(
            f,
            "{cuts} cuts, {acknowledged} acknowledged, {lost} lost (at most {most} in one cut), {corrupt} corrupt"
        )
    }
}

/// How many acknowledgements come before the next cut.
pub fn patience(dice: &mut Dice) -> usize {
    1 + dice.index(40)
}

pub fn is_sound(database: &Connection) -> bool {
    let verdict: Result<String, _> = database.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

#[test]
fn control_normal_loses_what_it_acknowledged() {
    control("power cut, control WAL+NORMAL", "WAL", "NORMAL", true);
}

#[test]
fn control_a_rollback_journal_loses_the_last_commit() {
    control("power cut, control DELETE+FULL", "DELETE", "FULL", true);
}

/// The other way round: what the product uses keeps everything in the same bare loop.
#[test]
fn control_full_keeps_everything() {
    control("power cut, bare WAL+FULL", "WAL", "FULL", false);
}

fn control(name: &'static str, journal_mode: &str, synchronous: &str, loses: bool) {
    let run = Run::begin(name, 6, 40);
    let mut dice = run.dice();
    let mut disk = match PowerDisk::new() {
        Ok(disk) => disk,
        Err(reason) => return run.skip(reason),
    };
    let mut toll = Toll::default();
    for _ in 0..run.count {
        let acknowledged = write_until_cut(&disk, journal_mode, synchronous, patience(&mut dice));
        disk.power_on().unwrap();
        let database = open(disk.path(), journal_mode, synchronous);
        let present = rows(&database);
        toll.add(&acknowledged, &present, is_sound(&database));
    }
    run.report(toll);
    assert_eq!(toll.lost > 0, loses, "{toll}");
    assert_eq!(toll.corrupt, 0, "{toll}");
}

/// A bare loop of commits; the plug is pulled after the n-th acknowledgement, while it goes on.
fn write_until_cut(disk: &PowerDisk, journal_mode: &str, synchronous: &str, acknowledgements: usize) -> BTreeSet<i64> {
    let database = open(disk.path(), journal_mode, synchronous);
    let first = rows(&database).last().map_or(1, |last| last + 1);
    let (acknowledge, acknowledged) = mpsc::channel();
    let writer = std::thread::spawn(move || {
        let body = "x".repeat(300);
        for n in first.. {
            if database.execute("INSERT INTO record (n, body) VALUES (?1, ?2)", (n, &body)).is_err() {
                return;
            }
            let _late = acknowledge.send(n);
        }
    });
    let mut heard: BTreeSet<i64> = acknowledged.iter().take(acknowledgements).collect();
    heard.extend(acknowledged.try_iter());
    disk.cut().unwrap();
    writer.join().unwrap();
    heard
}

fn open(folder: &Path, journal_mode: &str, synchronous: &str) -> Connection {
    let database = Connection::open(folder.join("bare.db")).unwrap();
    database.pragma_update(None, "journal_mode", journal_mode).unwrap();
    database.pragma_update(None, "synchronous", synchronous).unwrap();
    database.execute_batch("CREATE TABLE IF NOT EXISTS record (n INTEGER PRIMARY KEY, body TEXT NOT NULL)").unwrap();
    database
}

fn rows(database: &Connection) -> BTreeSet<i64> {
    let mut statement = database.prepare("SELECT n FROM record").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}
