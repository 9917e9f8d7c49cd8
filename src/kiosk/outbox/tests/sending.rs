//! The queue as the synchronisation sees it.

use super::*;

/// A restart wastes numbers, and reuses none.
#[test]
fn no_attempt_has_a_number_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    let mut before: Vec<u64> = (0..1_001).map(|_| outbox.next_attempt().unwrap()).collect();
    close(outbox);
    let outbox = open(folder.path());
    before.push(outbox.next_attempt().unwrap());
    assert!(before.is_sorted_by(|one, next| one < next), "{before:?}");
}

/// The estimate must hold, and waste no room of a batch.
#[test]
fn an_event_takes_in_a_batch_what_is_reckoned() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 1);
    let event = outbox.waiting(1, 1).unwrap().events.remove(0);
    for withheld in [false, true] {
        let event = QueuedEvent { withheld, ..event.clone() };
        let body = (!withheld).then(|| serde_json::value::RawValue::from_string(event.body.clone()).unwrap());
        let hash = withheld.then(|| crate::domain::event::BodyHash::of(event.body.as_bytes()).into());
        let wire = crate::protocol::batch::WireEvent { id: event.id, body, withheld: hash };
        assert_eq!(serde_json::to_vec(&wire).unwrap().len() + ",".len(), event.wire_bytes());
    }
}

#[test]
fn the_backlog_is_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    assert_eq!(outbox.backlog().unwrap(), 0);
    record_many(&outbox, 5);
    acknowledge(&outbox, &outbox.waiting(2, 1 << 20).unwrap());
    assert_eq!((outbox.backlog().unwrap(), outbox.depth().unwrap().waiting), (3, 3));
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    assert_eq!(outbox.backlog().unwrap(), 0);
}

fn open_enrolled(folder: &Path, clock: &HandClock) -> Outbox {
    let outbox = Outbox::open(folder, Arc::new(clock.clone()), system_random()).unwrap();
    begin_epoch(&outbox, 7);
    outbox
}

/// Sends and acknowledges everything, as at this time of the server.
fn drain(outbox: &Outbox, clock: &HandClock) {
    outbox.add_anchor(clock.anchor()).unwrap();
    loop {
        let waiting = outbox.waiting(200, 1 << 20).unwrap();
        acknowledge(outbox, &waiting);
        if waiting.events.is_empty() {
            return;
        }
    }
}

#[test]
fn an_empty_queue_says_where_the_next_event_goes() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    let nothing = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((nothing.first_seq, nothing.prev_hash, nothing.hole), (1, ChainHash::START, None));
    record_many(&outbox, 3);
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    let nothing = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!(outbox.head().unwrap(), (3, nothing.prev_hash));
    assert_eq!((nothing.first_seq, nothing.events.len(), nothing.head()), (4, 0, nothing.prev_hash));
}

/// A signed answer that contradicts itself never takes more off the queue than the server has.
#[test]
fn nothing_is_acknowledged_beyond_what_the_server_says_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 5);
    outbox.acknowledge(1, vec![Verdict::Stored; 5], 4).unwrap();
    assert_eq!(outbox.waiting(200, 1 << 20).unwrap().first_seq, 4);
}

#[test]
fn old_events_go_only_when_the_server_has_had_them_for_35_days() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = open_enrolled(folder.path(), &clock);
    record_many(&outbox, 10);
    drain(&outbox, &clock);
    record_many(&outbox, 5);
    clock.pass(34 * DAY_MS);
    outbox.rest();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 15, waiting: 5 });
    clock.pass(2 * DAY_MS);
    outbox.rest();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 5, waiting: 5 }, "what waits stays, however old");
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((waiting.first_seq, waiting.hole), (11, None));
    assert_eq!(outbox.hash_at(10).unwrap(), Some(waiting.prev_hash));
}

/// The wall clock jumps ten years; the server's time does not.
#[test]
fn a_wrong_wall_clock_removes_nothing() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = open_enrolled(folder.path(), &clock);
    record_many(&outbox, 10);
    drain(&outbox, &clock);
    clock.wall_ms.fetch_add(3_650 * DAY_MS, Ordering::SeqCst);
    clock.pass(HOUR_MS);
    outbox.rest();
    assert_eq!(outbox.depth().unwrap().events, 10);
}

#[test]
fn a_rewind_over_what_was_pruned_makes_a_hole() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = open_enrolled(folder.path(), &clock);
    record_many(&outbox, 10);
    drain(&outbox, &clock);
    clock.pass(36 * DAY_MS);
    record_many(&outbox, 3);
    drain(&outbox, &clock);
    outbox.rest();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 3, waiting: 0 });
    outbox.rewind(5).unwrap();
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!((waiting.first_seq, waiting.events.len(), waiting.hole), (11, 3, Some(Hole::Pruned)));
    assert_eq!(outbox.head().unwrap(), (13, waiting.head()));
    acknowledge(&outbox, &waiting);
    assert_eq!(outbox.waiting(200, 1 << 20).unwrap().hole, None);
}

#[test]
fn a_withheld_event_goes_on_as_its_hash_and_is_tried_alone() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 4);
    outbox.quarantine(2, "not JSON").unwrap();
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!(waiting.events.iter().map(|event| event.withheld).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(outbox.head().unwrap().1, waiting.head(), "the chain is the same");
    assert_eq!(outbox.quarantined_event(2).unwrap(), None, "its hash has to be there first");
    acknowledge(&outbox, &waiting);
    let alone = outbox.quarantined_event(2).unwrap().unwrap();
    assert_eq!((alone.first_seq, alone.events.len(), alone.events[0].withheld), (2, 1, false));
    assert_eq!(outbox.hash_at(2).unwrap(), Some(alone.head()));
    outbox.quarantine(2, "still not").unwrap();
    let kept = outbox.quarantined().unwrap();
    assert_eq!(
        (kept.len(), kept[0].tries, kept[0].reason.as_str(), kept[0].has_placeholder),
        (1, 2, "still not", true)
    );
    outbox.acknowledge(2, vec![Verdict::Stored], 5).unwrap();
    assert_eq!(outbox.quarantined().unwrap(), []);
    assert_eq!(outbox.depth().unwrap(), Depth { events: 4, waiting: 0 });
}

#[test]
fn a_withheld_body_is_never_pruned() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = open_enrolled(folder.path(), &clock);
    record_many(&outbox, 10);
    outbox.quarantine(4, "too new").unwrap();
    drain(&outbox, &clock);
    clock.pass(36 * DAY_MS);
    record_many(&outbox, 2);
    outbox.rest();
    assert_eq!(outbox.quarantined_event(4).unwrap().map(|alone| alone.first_seq), Some(4));
    assert_eq!(outbox.depth().unwrap(), Depth { events: 3, waiting: 2 });
    // It is no loss at the next start that its neighbours are gone.
    close(outbox);
    let outbox = Outbox::open(folder.path(), Arc::new(clock), system_random()).unwrap();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 3, waiting: 2 });
}

#[test]
fn only_acknowledged_events_are_audited() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 5);
    acknowledge(&outbox, &outbox.waiting(3, 1 << 20).unwrap());
    let events = outbox.events(2, 9).unwrap();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn the_best_anchor_of_each_hour_and_boot_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let anchor = |boot_id, boot_ms, error_ms| Anchor { boot_id, boot_ms, server_ms: 5_000 + boot_ms, error_ms };
    let [good, bad, next, other] =
        [anchor(one, 10, 5), anchor(one, 20, 90), anchor(one, HOUR_MS, 90), anchor(two, 0, 7)];
    for anchor in [bad, good, bad, next, other] {
        outbox.add_anchor(anchor).unwrap();
    }
    assert_eq!(outbox.anchors(vec![one]).unwrap(), [good, next]);
    assert_eq!(outbox.anchors(vec![two, one]).unwrap(), [other, good, next]);
    assert_eq!(outbox.latest_anchor().unwrap(), Some(next));
}

#[test]
fn anchors_are_bounded_and_stay_while_an_event_may_need_them() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let outbox = open_enrolled(folder.path(), &clock);
    record_many(&outbox, 1);
    for hour in 0..4_000 {
        outbox.add_anchor(Anchor { boot_ms: hour * HOUR_MS, server_ms: hour * HOUR_MS, ..clock.anchor() }).unwrap();
    }
    clock.pass(2 * HOUR_MS);
    outbox.rest();
    assert_eq!(outbox.anchors(vec![Uuid::from_u128(1)]).unwrap().len(), 3_500);
    acknowledge(&outbox, &outbox.waiting(200, 1 << 20).unwrap());
    clock.pass(2 * HOUR_MS);
    outbox.rest();
    assert_eq!(outbox.anchors(vec![Uuid::from_u128(1)]).unwrap().len(), 35 * 24 + 1);
}

#[test]
fn what_is_noted_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    outbox.set_checkpoint("note 1").unwrap();
    outbox.set_note("forked", Some("since noon".to_owned())).unwrap();
    outbox.set_note("refused", Some("x".to_owned())).unwrap();
    outbox.set_note("refused", None).unwrap();
    for _ in 0..2 {
        outbox.keep_evidence("fork", "a\nb").unwrap();
    }
    close(outbox);
    let outbox = open(folder.path());
    assert_eq!(outbox.checkpoint().unwrap().as_deref(), Some("note 1"));
    assert_eq!(outbox.notes().unwrap(), [("forked".to_owned(), "since noon".to_owned())]);
    assert_eq!(outbox.evidence().unwrap(), [("fork".to_owned(), "a\nb".to_owned())], "once");
}
