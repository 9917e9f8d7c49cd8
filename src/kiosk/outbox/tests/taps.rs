//! What is answered is committed, in order and in the chain.

use super::*;
use crate::domain::day_card::DayCard;
use crate::domain::event::BodyHash;

/// Law 1 at its root: when the answer comes, another connection already reads the row.
#[test]
fn the_answer_comes_after_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    let reader = open_reader(folder.path()).unwrap();
    let (sender, receiver) = mpsc::channel();
    outbox.record(rated(None), move |result| {
        let rows: i64 = reader.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap();
        sender.send((result.is_ok(), rows)).unwrap();
    });
    assert_eq!(receiver.recv().unwrap(), (true, 1));
}

#[test]
fn events_are_contiguous_chained_and_carry_their_visit() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    for draft in
        [Draft::VisitOpened { officer: None, service: None }, rated(None), rated(VisitSerial::try_from(1).ok())]
    {
        record(&outbox, draft).unwrap();
    }
    let waiting = outbox.waiting(200, 1 << 20).unwrap();
    assert_eq!(waiting.prev_hash, ChainHash::START);
    assert_eq!(waiting.events.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let visits: Vec<u32> = waiting.events.iter().map(|event| visit_in(&event.body)).collect();
    assert_eq!(visits, [1, 2, 1]);
    outbox.acknowledge(1, vec![Verdict::Stored], 2).unwrap();
    let rest = outbox.waiting(200, 1 << 20).unwrap();
    let first = &waiting.events[0];
    assert_eq!(rest.prev_hash, ChainHash::START.next(1, first.id, BodyHash::of(first.body.as_bytes())));
    assert_eq!(rest.events, waiting.events[1..]);
}

fn visit_in(body: &str) -> u32 {
    match serde_json::from_str::<EventBody>(body).unwrap().what {
        What::VisitOpened { visit, .. } | What::Rated { visit, .. } => visit.get(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = record(&open(folder.path()), rated(None)).unwrap();
    let second = record(&open(folder.path()), rated(None)).unwrap();
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!(second.visit.unwrap().get(), first.visit.unwrap().get() + 1);
}

#[test]
fn batches_keep_to_their_limits_but_always_hold_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    for _ in 0..10 {
        record(&outbox, rated(None)).unwrap();
    }
    assert_eq!(outbox.waiting(3, 1 << 20).unwrap().events.len(), 3);
    assert_eq!(outbox.waiting(200, 1).unwrap().events.len(), 1);
}

#[test]
fn a_rewind_puts_events_back() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    for _ in 0..4 {
        record(&outbox, rated(None)).unwrap();
    }
    outbox.acknowledge(1, vec![Verdict::Stored; 4], 5).unwrap();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 4, waiting: 0 });
    outbox.rewind(3).unwrap();
    assert_eq!(outbox.depth().unwrap(), Depth { events: 4, waiting: 2 });
}

#[test]
fn duty_and_cards_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let officer = OfficerId::try_from(3).unwrap();
    let card = DayCard::empty(officer, "2026-11-24".parse().unwrap());
    {
        let outbox = open(folder.path());
        record(&outbox, Draft::DutyStarted(officer)).unwrap();
        outbox.set_cards(vec![card.clone()]).unwrap();
    }
    let outbox = open(folder.path());
    assert_eq!(outbox.on_duty().unwrap().map(|(who, _)| who), Some(officer));
    assert_eq!(outbox.card(officer).unwrap(), Some(card));
    record(&outbox, Draft::DutyEnded(officer)).unwrap();
    assert_eq!(outbox.on_duty().unwrap(), None);
}

/// A kiosk that starts again in the middle of a pause must not rate somebody who is away.
#[test]
fn a_pause_ends_the_duty_that_a_restart_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let officer = OfficerId::try_from(3).unwrap();
    let on_duty = |draft: Draft| {
        record(&open(folder.path()), draft).unwrap();
        open(folder.path()).on_duty().unwrap().map(|(who, _)| who)
    };
    assert_eq!(on_duty(Draft::DutyStarted(officer)), Some(officer));
    assert_eq!(on_duty(Draft::DutyPaused(officer)), None);
    assert_eq!(on_duty(Draft::DutyResumed(officer)), Some(officer));
}
