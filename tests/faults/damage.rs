//! Pages of the card gone bad: the kiosk always starts, and loses nothing while one of its two copies
//! is whole.
//!
//! Target: 500 images each with damage in the database, in the journal, and in both: every one
//! starts; 0 lost in the first two; in the third the loss is counted and told. That the third loses
//! is the control of the first two.

use crate::lab::kiosk::copy_folder;
use crate::lab::{Dice, Run, fast_folder, queue};
use crate::tails::{Victim, start_once};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PAGE_BYTES: usize = 4_096;
const MOST_PAGES: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_database_costs_nothing() {
    damage("damaged pages, database", database_files).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_journal_costs_nothing() {
    damage("damaged pages, journal", journal_files).await;
}

async fn damage(name: &'static str, files: fn(&Path) -> Vec<PathBuf>) {
    let run = Run::begin(name, 12, 500);
    let mut dice = run.dice();
    let victim = Victim::new(300, &mut dice).await;
    for image in 0..run.count {
        let copy = fast_folder();
        copy_folder(victim.folder.path(), copy.path());
        let pages = spoil(&files(copy.path()), &mut dice);
        let seed = run.seed();
        let kept = Kept::of(&copy);
        start_once(copy.path()).unwrap_or_else(|said| panic!("{said}: {kept}, {pages} pages, seed {seed}"));
        let (present, sound) = queue::events(copy.path());
        let lost = victim.thanked.difference(&present).count();
        assert_eq!((lost, sound), (0, true), "image {image}, {kept}, {pages} pages, seed {seed}");
    }
    run.report(format!("{} images, all started, 0 lost", run.count));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_both_is_counted_and_told() {
    let run = Run::begin("damaged pages, both", 12, 500);
    let mut dice = run.dice();
    let victim = Victim::new(300, &mut dice).await;
    let (mut lost, mut losses, mut ends) = (0, 0, 0);
    for _ in 0..run.count {
        let copy = fast_folder();
        copy_folder(victim.folder.path(), copy.path());
        let files: Vec<PathBuf> = [database_files(copy.path()), journal_files(copy.path())].concat();
        spoil(&files, &mut dice);
        let kept = Kept::of(&copy);
        start_once(copy.path()).unwrap_or_else(|said| panic!("{said}: {kept}, seed {}", run.seed()));
        let (present, sound) = queue::events(copy.path());
        assert!(sound, "{kept}, seed {}", run.seed());
        let missing: BTreeSet<_> = victim.thanked.difference(&present).collect();
        let tells = missing.is_empty() || tells_of_loss(copy.path());
        // Where the ends of both copies are gone, nothing that is left speaks of them.
        let is_end = victim.thanked.iter().rev().take(missing.len()).all(|id| missing.contains(id));
        assert!(tells || is_end, "{} lost, and the kiosk does not tell: {kept}, seed {}", missing.len(), run.seed());
        lost += missing.len();
        losses += u64::from(!missing.is_empty());
        ends += u64::from(!tells);
    }
    let images = run.count;
    run.report(format!(
        "{images} images, all started, {losses} lost something ({lost} ratings), {ends} of them only the untold end"
    ));
    assert!(lost > 0, "damage in both copies cost nothing: the laboratory does not damage enough");
}

/// A damaged folder as it was before the start, kept where the test fails, to look into.
struct Kept(TempDir);

impl Kept {
    fn of(folder: &TempDir) -> Self {
        let copy = fast_folder();
        copy_folder(folder.path(), copy.path());
        Self(copy)
    }
}

impl std::fmt::Display for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the damaged folder is {}", self.0.path().display())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.disable_cleanup(std::thread::panicking());
    }
}

/// Whether the kiosk recorded what became of its queue.
fn tells_of_loss(folder: &Path) -> bool {
    let database = Connection::open(folder.join("kiosk.db")).unwrap();
    let query = "SELECT count(*) FROM outbox WHERE body ->> 'kind' = 'health' AND body ->> 'recovery' IS NOT NULL";
    database.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap() > 0
}

/// The database and its log.
fn database_files(folder: &Path) -> Vec<PathBuf> {
    ["kiosk.db", "kiosk.db-wal"].map(|name| folder.join(name)).into_iter().filter(|file| file.exists()).collect()
}

/// The files of the second copy, oldest first.
pub fn journal_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder.join("journal")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Overwrites 1 to 64 pages at random places of these files, as far as they hold anything: with
/// zeros, with noise, or with another page. Returns how many.
fn spoil(files: &[PathBuf], dice: &mut Dice) -> usize {
    let mut contents: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let pages = 1 + dice.index(MOST_PAGES);
    for _ in 0..pages {
        let bytes = dice.index(contents.len());
        let bytes = &mut contents[bytes];
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last / PAGE_BYTES + 1);
        let (at, other) = (dice.index(used) * PAGE_BYTES, dice.index(used) * PAGE_BYTES);
        let end = (at + PAGE_BYTES).min(bytes.len());
        match dice.below(3) {
            0 => bytes[at..end].fill(0),
            1 => dice.fill(&mut bytes[at..end]),
            _ => {
                let page = bytes[other..(other + end - at).min(bytes.len())].to_vec();
                bytes[at..at + page.len()].copy_from_slice(&page);
            }
        }
    }
    for (file, bytes) in files.iter().zip(contents) {
        std::fs::write(file, bytes).unwrap();
    }
    pages
}
