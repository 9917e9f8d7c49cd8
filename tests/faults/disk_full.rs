//! A full disk: no thank-you without a commit, and the kiosk goes on by itself once there is room.
//!
//! Target: 200 disks of 2 to 8 MiB, filled at random: everything thanked for is kept, nothing
//! unacknowledged is dropped to make room, no restart is needed. The mutant thanks before it commits.

use crate::lab::disk::SmallDisk;
use crate::lab::kiosk::{Heard, KioskProgram, NOWHERE, copy_folder, enrolled};
use crate::lab::{Dice, Run, fast_folder, queue};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use suara_loket::domain::ids::EventId;

const MOST_RATINGS: usize = 3_000;
const ROOM_FOR_BALLAST_KIB: u64 = 4_500;

#[derive(Debug, Default)]
struct Toll {
    thanked: usize,
    refused: usize,
    lost: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_no_thanked_rating_and_no_restart() {
    let run = Run::begin("disk full", 3, 200);
    let mut dice = run.dice();
    let (template, server) = (fast_folder(), fast_folder());
    enrolled(template.path(), server.path()).await;
    // The smallest disks never had room for the ballast.
    let lean = fast_folder();
    copy_folder(template.path(), lean.path());
    std::fs::remove_file(lean.path().join("ballast")).unwrap();
    let mut toll = Toll::default();
    for _ in 0..run.count {
        let kib = 2_048 + dice.below(6_145);
        let disk = match SmallDisk::new(kib) {
            Ok(disk) => disk,
            Err(reason) => return run.skip(reason),
        };
        let installed = if kib > ROOM_FOR_BALLAST_KIB { &template } else { &lean };
        fill_and_free(&disk, installed.path(), &mut dice, &mut toll);
        assert_eq!(toll.lost, 0, "{toll:?}, seed {}", run.seed());
    }
    run.report(format!("{} disks, {toll:?}, all went on without a restart", run.count));
    assert!(toll.refused > 0, "no disk was ever full: nothing was proven");
}

fn fill_and_free(disk: &SmallDisk, template: &Path, dice: &mut Dice, toll: &mut Toll) {
    let folder = disk.path().join("kiosk");
    copy_folder(template, &folder);
    let mut kiosk = KioskProgram::start(&folder, NOWHERE);
    let mut thanked = BTreeSet::new();
    let mut rate = |kiosk: &mut KioskProgram, toll: &mut Toll| match kiosk.rate(1 + dice.below(5)) {
        Heard::Stored { id, .. } => thanked.insert(id),
        Heard::NotStored(said) => {
            assert!(said.starts_with("not stored"), "{said}");
            toll.refused += 1;
            false
        }
        Heard::Silence => panic!("the kiosk ended on a full disk"),
    };
    for _ in 0..5 {
        rate(&mut kiosk, toll);
    }
    let filler = disk.path().join("filler");
    fill(&filler, toll.thanked as u64 * 7_919 % 300_000);
    let refused = toll.refused;
    // Full for good is full several times in a row.
    for _ in 0..MOST_RATINGS {
        rate(&mut kiosk, toll);
        if toll.refused > refused + 20 {
            break;
        }
    }
    std::fs::remove_file(&filler).unwrap();
    crate::support::eventually("a rating that is stored again", || rate(&mut kiosk, toll).then_some(()));
    for _ in 0..5 {
        rate(&mut kiosk, toll);
    }
    kiosk.kill();
    toll.add(&thanked, &folder);
}

impl Toll {
    fn add(&mut self, thanked: &BTreeSet<EventId>, folder: &Path) {
        let (present, sound) = queue::events(folder);
        assert!(sound, "the database is damaged");
        self.thanked += thanked.len();
        self.lost += thanked.difference(&present).count();
    }
}

/// Takes all the room but for so many bytes.
fn fill(path: &Path, but_for: u64) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    for size in [65_536, 4_096] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(but_for)).unwrap();
}

/// The mutant: it says thank you, then writes.
#[test]
fn mutant_thanks_before_the_commit_are_found_out() {
    let run = Run::begin("disk full, mutant thanks first", 1, 1);
    let disk = match SmallDisk::new(2_048) {
        Ok(disk) => disk,
        Err(reason) => return run.skip(reason),
    };
    let database = rusqlite::Connection::open(disk.path().join("bare.db")).unwrap();
    database
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE record (n INTEGER PRIMARY KEY, body TEXT)")
        .unwrap();
    let mut thanked = 0_u64;
    while thanked < 20_000 {
        thanked += 1;
        if database.execute("INSERT INTO record (body) VALUES (hex(zeroblob(150)))", []).is_err() {
            break;
        }
    }
    let kept: u64 =
        database.query_row("SELECT count(*) FROM record", [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs();
    run.report(format!("{thanked} thanked, {} lost", thanked - kept));
    assert!(kept < thanked, "the laboratory does not see early thanks");
    drop(File::open(disk.path()).unwrap());
}
