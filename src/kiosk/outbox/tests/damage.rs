//! Damaged media: the queue always starts, loses nothing while one copy is whole, and counts what is
//! lost when none is.

use super::*;
use crate::domain::event::{Health, Recovery};

const PAGE: usize = 4_096;
const EVENTS: usize = 150;

/// Overwrites one to sixty-four pages of a file with noise.
fn hit(path: &Path, dice: &mut Dice) {
    let mut bytes = std::fs::read(path).unwrap();
    let pages = bytes.len().div_ceil(PAGE);
    for _ in 0..=dice.below(64.min(pages)) {
        let from = dice.below(pages) * PAGE;
        let to = (from + PAGE).min(bytes.len());
        dice.noise(&mut bytes[from..to]);
    }
    std::fs::write(path, bytes).unwrap();
}

/// Overwrites pages of the journal, of which most are still room.
fn hit_journal(folder: &Path, dice: &mut Dice) {
    let path = journal(folder);
    let whole = std::fs::read(&path).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    std::fs::write(&path, &whole[..used]).unwrap();
    hit(&path, dice);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.resize(whole.len(), 0);
    std::fs::write(&path, bytes).unwrap();
}

/// A kiosk with ratings, some of them acknowledged; its folder and its events.
fn kiosk() -> (tempfile::TempDir, Vec<QueuedEvent>) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, EVENTS);
    let events = all(&outbox);
    outbox.rewind(20).unwrap();
    close(outbox);
    (folder, events)
}

/// What the queue says about a mended damage, if anything.
fn recovery(events: &[QueuedEvent]) -> Option<Recovery> {
    let mut health =
        events.iter().filter_map(|event| match serde_json::from_str::<EventBody>(&event.body).unwrap().what {
            What::Health(Health { recovery, .. }) => recovery,
            _ => None,
        });
    health.next_back()
}

#[test]
fn a_damaged_database_is_built_anew_without_a_loss() {
    let mut dice = Dice::thrown();
    let (master, events) = kiosk();
    let mut rebuilt = 0;
    for image in 0..images() {
        let folder = copied(master.path());
        hit(&folder.path().join(FILE_NAME), &mut dice);
        let outbox = open(folder.path());
        let found = all(&outbox);
        assert_eq!(found[..EVENTS], events, "image {image}");
        if let Some(recovery) = recovery(&found) {
            rebuilt += 1;
            assert_eq!((recovery.salvaged + recovery.from_journal, recovery.lost), (EVENTS as u64, 0), "image {image}");
        }
        assert_eq!(outbox.enrolment().unwrap(), Some(enrolment(7)), "image {image}");
        let next = record(&outbox, rated(None)).unwrap();
        assert_eq!((next.seq, next.visit.unwrap().get()), (found.len() as u64 + 1, 151), "image {image}");
    }
    assert!(rebuilt > 0, "was anything hit?");
}

#[test]
fn a_damaged_journal_costs_nothing_and_is_whole_again() {
    let mut dice = Dice::thrown();
    let (master, events) = kiosk();
    for image in 0..images() {
        let folder = copied(master.path());
        hit_journal(folder.path(), &mut dice);
        let outbox = open(folder.path());
        assert_eq!(all(&outbox), events, "image {image}");
        assert_eq!(record(&outbox, rated(None)).unwrap().seq, EVENTS as u64 + 1);
        close(outbox);
        // Now the database goes: the journal must have been filled again.
        std::fs::write(folder.path().join(FILE_NAME), "gone").unwrap();
        let found = all(&open(folder.path()));
        assert_eq!(found[..EVENTS], events, "image {image}");
        assert_eq!(recovery(&found).map(|recovery| recovery.lost), Some(0), "image {image}");
    }
}

/// Both copies are hit: what is left is kept in order, no number is given out twice, and the loss is
/// counted; exactly, unless the very end is gone from both.
#[test]
fn a_loss_is_counted() {
    let mut dice = Dice::thrown();
    let (master, events) = kiosk();
    let (mut lossy, mut exact) = (0, 0);
    for image in 0..images() {
        let folder = copied(master.path());
        hit(&folder.path().join(FILE_NAME), &mut dice);
        hit_journal(folder.path(), &mut dice);
        let outbox = open(folder.path());
        let found = all(&outbox);
        let kept = found.iter().filter(|event| events.contains(event)).count();
        assert!(found.len() <= kept + 1, "image {image} made something up");
        let (lost, counted) = (EVENTS - kept, recovery(&found).map_or(0, |recovery| recovery.lost));
        let next = record(&outbox, rated(None)).unwrap();
        assert!(
            next.seq > EVENTS as u64 && u64::from(next.visit.unwrap().get()) > EVENTS as u64,
            "image {image}: {next:?}"
        );
        let has_jumped = next.seq > EVENTS as u64 + 2;
        assert!(
            if has_jumped { counted <= lost as u64 } else { counted == lost as u64 },
            "image {image}: {counted} of {lost}"
        );
        lossy += usize::from(lost > 0);
        exact += usize::from(lost > 0 && counted == lost as u64);
        // A second start finds nothing new.
        close(outbox);
        assert_eq!(all(&open(folder.path())).len(), found.len() + 1, "image {image}");
    }
    println!("{lossy} images with a loss, {exact} of them counted exactly");
    assert!(lossy > 0, "nothing was lost: was anything hit?");
}

/// Events lost from both copies make a hole for the server.
#[test]
fn lost_events_make_a_hole() {
    let (folder, events) = kiosk();
    let database = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    database.execute("DELETE FROM outbox WHERE seq BETWEEN 41 AND 50", []).unwrap();
    database.close().unwrap();
    std::fs::remove_dir_all(folder.path().join(JOURNAL_FOLDER)).unwrap();
    let outbox = open(folder.path());
    outbox.rewind(20).unwrap();
    let first = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((first.first_seq, first.events.len(), first.hole), (20, 21, None));
    acknowledge(&outbox, &first);
    let second = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((second.first_seq, second.hole), (51, Some(Hole::Lost)));
    assert_eq!(&second.events[..100], &events[50..]);
    assert_eq!(recovery(&second.events).unwrap().lost, 10);
    assert_eq!(outbox.head().unwrap().1, second.head(), "the hashes are those from before");
}

/// The disk forgot commits that it had confirmed; the journal did not.
#[test]
fn what_only_the_journal_holds_comes_back() {
    let (folder, events) = kiosk();
    let database = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    database.execute("DELETE FROM outbox WHERE seq > 140 OR seq = 30", []).unwrap();
    database.execute("UPDATE sqlite_sequence SET seq = 140", []).unwrap();
    database.close().unwrap();
    let outbox = open(folder.path());
    assert_eq!(all(&outbox), events);
    assert_eq!(record(&outbox, rated(None)).unwrap().visit.unwrap().get(), 151);
}

#[test]
fn a_changed_event_is_noticed_and_restored() {
    let (folder, events) = kiosk();
    let database = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let sql = r#"UPDATE outbox SET body = replace(body, '"stars":4', '"stars":1') WHERE seq = 12"#;
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    database.close().unwrap();
    assert_eq!(all(&open(folder.path()))[..EVENTS], events);
}

/// A power cut in the middle of building anew, at each step of putting the new file in its place.
#[test]
fn building_anew_can_be_cut_short() {
    let (master, events) = kiosk();
    let damaged = copied(master.path());
    let database = damaged.path().join(FILE_NAME);
    let whole = std::fs::read(&database).unwrap();
    std::fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    let begun = copied(damaged.path());
    std::fs::write(begun.path().join("kiosk.db.new"), "half a file").unwrap();
    assert_eq!(all(&open(begun.path()))[..EVENTS], events);
    let finished = copied(damaged.path());
    std::fs::write(finished.path().join("kiosk.db.whole"), whole).unwrap();
    assert_eq!(all(&open(finished.path())), events);
    assert!(finished.path().join("damaged-1").join(FILE_NAME).exists(), "the damaged file is kept");
}

/// The journal is on a stick that is pulled out and comes back.
#[test]
fn a_journal_that_fails_costs_no_rating_and_catches_up() {
    let folder = tempfile::tempdir().unwrap();
    let stick = folder.path().join("stick");
    let (data, journal) = (folder.path().join("data"), stick.join("journal"));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(&stick, "no folder").unwrap();
    let open = || Outbox::open_with_journal(&data, &journal, Arc::new(HandClock::default()), system_random()).unwrap();
    let outbox = open();
    record_many(&outbox, 5);
    assert!(data.join("journal-is-behind").exists());
    std::fs::remove_file(&stick).unwrap();
    record_many(&outbox, 2);
    outbox.rest();
    assert!(!data.join("journal-is-behind").exists());
    let events = all(&outbox);
    close(outbox);
    std::fs::remove_file(data.join(FILE_NAME)).unwrap();
    assert_eq!(all(&open())[..7], events);
}
