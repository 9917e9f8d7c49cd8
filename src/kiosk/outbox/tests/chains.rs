//! Re-enrolment: what no server has whole goes over to a new chain.

use super::*;

fn ids(events: &[QueuedEvent]) -> Vec<(EventId, String)> {
    events.iter().map(|event| (event.id, event.body.clone())).collect()
}

#[test]
fn a_new_chain_takes_over_what_waits_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    assert_eq!(begin_epoch(&outbox, 7), 1);
    record_many(&outbox, 6);
    acknowledge(&outbox, &outbox.waiting(2, 1 << 20).unwrap());
    let before = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!(outbox.chain_start().unwrap().latest, 3);
    assert_eq!(begin_epoch(&outbox, 8), 3);
    let after = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((after.first_seq, after.prev_hash, after.hole), (3, ChainHash::START, None));
    assert_eq!(ids(&after.events), ids(&before.events));
    assert_eq!(outbox.head().unwrap(), (6, after.head()));
    assert_ne!(after.head(), before.head());
    assert_eq!(outbox.hash_at(2).unwrap(), Some(ChainHash::START), "the chain before is another");
    assert_eq!(outbox.events(1, 9).unwrap(), [], "and is not compared under the new device");
    // No server asks for what is before the chain.
    outbox.rewind(1).unwrap();
    assert_eq!(outbox.waiting(200, 1 << 20).unwrap(), after);
    let next = record(&outbox, rated(None)).unwrap();
    assert_eq!((next.seq, next.visit.unwrap().get()), (7, 1), "visits of a new device are numbered anew");
}

#[test]
fn with_nothing_waiting_the_new_chain_begins_with_the_next_event() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 2);
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    assert_eq!(begin_epoch(&outbox, 8), 3);
    assert_eq!(outbox.head().unwrap(), (2, ChainHash::START));
    record_many(&outbox, 1);
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((waiting.first_seq, waiting.prev_hash, waiting.events.len()), (3, ChainHash::START, 1));
}

/// The server came back from an older copy before the kiosk was enrolled anew: it asks for the rest.
#[test]
fn the_new_chain_takes_over_what_was_acknowledged_where_the_server_lost_it() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 6);
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    assert_eq!(outbox.chain_start().unwrap(), ChainStart { earliest: 1, latest: 7 });
    outbox.begin_epoch(enrolment(8), 3).unwrap();
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((waiting.first_seq, waiting.prev_hash, waiting.events.len()), (3, ChainHash::START, 4));
    // Where it lacks less than is unsent, everything unsent goes over all the same.
    outbox.begin_epoch(enrolment(9), 5).unwrap();
    assert_eq!(outbox.waiting(200, 1 << 20).unwrap().first_seq, 3);
}

/// A body that no server took goes along, so that the new one can be asked.
#[test]
fn a_withheld_body_goes_over_to_the_new_chain() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 5);
    outbox.quarantine(2, "too new").unwrap();
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    assert_eq!(begin_epoch(&outbox, 8), 2);
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((waiting.first_seq, waiting.events.len(), waiting.events[0].withheld), (2, 4, true));
}

/// The chain before and the present one, as they come out of whatever is left of the files.
#[test]
fn both_chains_come_back_from_the_journal_alone() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 6);
    acknowledge(&outbox, &outbox.waiting(2, 1 << 20).unwrap());
    begin_epoch(&outbox, 8);
    record_many(&outbox, 2);
    let (waiting, head) = (outbox.waiting(200, 1 << 20).unwrap(), outbox.head().unwrap());
    close(outbox);
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    let outbox = open(folder.path());
    assert_eq!(outbox.enrolment().unwrap(), Some(enrolment(8)));
    let again = outbox.waiting(6, 1 << 20).unwrap();
    assert_eq!((again.first_seq, again.prev_hash, again.head()), (3, ChainHash::START, head.1));
    assert_eq!(again.events, waiting.events);
    assert_eq!(outbox.depth().unwrap(), Depth { events: 9, waiting: 7 }, "and says that it was built anew");
}

/// The database forgot the enrolment that it had confirmed; the file beside it did not.
#[test]
fn a_forgotten_enrolment_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 4);
    acknowledge(&outbox, &outbox.waiting(2, 1 << 20).unwrap());
    outbox.rewind(5).unwrap();
    let before = copied(folder.path());
    begin_epoch(&outbox, 8);
    record_many(&outbox, 1);
    let (waiting, head) = (outbox.waiting(200, 1 << 20).unwrap(), outbox.head().unwrap());
    close(outbox);
    for file in ["kiosk.db", "kiosk.db-wal"] {
        std::fs::copy(before.path().join(file), folder.path().join(file)).unwrap();
    }
    let outbox = open(folder.path());
    assert_eq!(outbox.waiting(200, 1 << 20).unwrap(), waiting);
    assert_eq!(outbox.head().unwrap(), head);
}
