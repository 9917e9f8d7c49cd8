//! A full disk: nothing is thanked for that is not stored, nothing unsent is dropped, and the queue
//! goes on when there is room.

use super::*;

/// Records until the first refusal; returns how many were stored.
fn fill(outbox: &Outbox) -> usize {
    outbox.limit_pages(Some(1)).unwrap();
    (0..2_000).take_while(|_| record(outbox, rated(None)).is_ok()).count()
}

#[test]
fn what_cannot_be_committed_is_refused_and_leaves_the_chain_whole() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record(&outbox, rated(None)).unwrap();
    let stored = fill(&outbox);
    assert!(stored < 2_000, "the limit was never reached");
    assert!(record(&outbox, rated(None)).is_err());
    assert!(!folder.path().join("ballast").exists(), "the ballast was not thrown off");
    outbox.limit_pages(None).unwrap();
    let after = record(&outbox, rated(None)).unwrap();
    let events = all(&outbox);
    let expected: Vec<u64> = (1..=stored as u64 + 2).collect();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), expected);
    assert_eq!(after.seq, stored as u64 + 2);
    // What was refused is not in the second copy either.
    close(outbox);
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    let again = all(&open(folder.path()));
    assert_eq!(&again[..events.len()], events);
}

/// The second copy is written while the commit is on its way: when that fails, it must go again.
#[test]
fn an_event_whose_commit_fails_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 3);
    let head = outbox.head().unwrap();
    outbox.wait(|writer| writer.refuse_commits(true)).unwrap();
    assert!(matches!(record(&outbox, rated(None)), Err(OutboxError::NotCommitted(_))));
    assert_eq!(outbox.head().unwrap(), head);
    let events = outbox.waiting(100, 1 << 20).unwrap().events;
    let image = copied(folder.path());
    std::fs::remove_file(image.path().join(FILE_NAME)).unwrap();
    std::fs::remove_file(image.path().join("kiosk.db-wal")).unwrap();
    let found = all(&open(image.path()));
    assert_eq!(found[..3], events);
    assert_eq!(found.len(), 4, "three and the report of the damage");
    outbox.wait(|writer| writer.refuse_commits(false)).unwrap();
    assert_eq!(record(&outbox, rated(None)).unwrap().seq, 4);
}

#[test]
fn what_the_server_has_makes_room_and_what_waits_stays() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    let stored = fill(&outbox);
    let waiting = all(&outbox);
    outbox.rewind(0).unwrap();
    assert_eq!(outbox.depth().unwrap().waiting, stored as u64);
    let most = waiting.len() / 2;
    acknowledge(&outbox, &outbox.waiting(most, 1 << 30).unwrap());
    record(&outbox, rated(None)).unwrap();
    let depth = outbox.depth().unwrap();
    assert_eq!(depth.waiting, (stored - most) as u64 + 1);
    assert!(depth.events < stored as u64, "nothing made room");
    let rest = outbox.waiting(100_000, 1 << 30).unwrap().events;
    assert_eq!(&rest[..stored - most], &waiting[most..]);
}

#[test]
fn the_ballast_is_laid_again_within_the_hour() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = Outbox::open(folder.path(), Arc::new(clock.clone()), system_random()).unwrap();
    let ballast = folder.path().join("ballast");
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 2 << 20);
    std::fs::remove_file(&ballast).unwrap();
    clock.pass(HOUR_MS);
    outbox.rest();
    assert!(ballast.exists());
}
