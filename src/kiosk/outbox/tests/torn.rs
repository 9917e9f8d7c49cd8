//! Power cuts: what was on its way to the disk may be there, not be there, or be noise; what was
//! answered is there.

use super::*;

const SECTOR: usize = 512;
const TORN: [&str; 2] = ["kiosk.db-wal", "journal/00000001.journal"];

/// A file as it was before a write, with sectors of that write, or noise in their places.
fn tear(before: &Path, after: &Path, file: &str, dice: &mut Dice) {
    let (old, new) = (std::fs::read(before.join(file)).unwrap(), std::fs::read(after.join(file)).unwrap());
    let mut torn = old.clone();
    torn.resize(new.len().max(old.len()), 0);
    let length = torn.len();
    for from in (0..length).step_by(SECTOR) {
        let to = (from + SECTOR).min(length);
        if new.get(from..to) == old.get(from..to) {
            continue;
        }
        match dice.below(4) {
            0 => {}
            1 | 2 => torn[from..to.min(new.len())].copy_from_slice(&new[from..to.min(new.len())]),
            _ => dice.noise(&mut torn[from..to]),
        }
    }
    if dice.below(4) == 0 {
        torn.truncate(old.len() + dice.below(length - old.len() + 1));
    }
    std::fs::write(before.join(file), torn).unwrap();
}

#[test]
fn a_torn_write_never_touches_what_was_answered() {
    let mut dice = Dice::thrown();
    for image in 0..images() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = open(folder.path());
        // Both before and after the log is begun anew, but not while it is moved into the database: the
        // files would be copied at different moments.
        record_many(&outbox, [1, 31][dice.below(2)]);
        outbox.rest();
        record_many(&outbox, dice.below(20));
        let answered = outbox.waiting(1_000, 1 << 30).unwrap().events;
        let before = copied(folder.path());
        record_many(&outbox, 1);
        let after = copied(folder.path());
        for file in TORN {
            tear(before.path(), after.path(), file, &mut dice);
        }
        let found = all(&open(before.path()));
        assert_eq!(found[..answered.len()], answered, "image {image}");
        assert!(found.len() <= answered.len() + 1, "image {image}");
        close(outbox);
    }
}

/// One of the two is torn anywhere, even where it was synced: the other has everything.
#[test]
fn either_log_may_lose_its_end() {
    let mut dice = Dice::thrown();
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 55);
    let events = all(&outbox);
    for image in 0..images() {
        let torn = copied(folder.path());
        let path = torn.path().join(TORN[dice.below(2)]);
        let mut bytes = std::fs::read(&path).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let from = dice.below(used);
        match dice.below(3) {
            0 => bytes.truncate(from),
            1 => bytes[from..used].fill(0),
            _ => dice.noise(&mut bytes[from..used]),
        }
        std::fs::write(&path, bytes).unwrap();
        let outbox = open(torn.path());
        let found = all(&outbox);
        assert_eq!(found[..events.len()], events, "image {image}: {} from {from} on", path.display());
        let next = record(&outbox, rated(None)).unwrap();
        assert_eq!(next.visit.unwrap().get(), 56, "image {image}");
    }
}
