//! Batches: joining the chain, and what becomes of each event.

use crate::fixture::{
    Chain, Given, code_key, enrol, enrolling, facts, fixture, other, parked, rated, verdicts, withheld,
};
use suara_loket::domain::event::{ChainHash, Health};
use suara_loket::protocol::batch::{Hole, Verdict};
use suara_loket::server::store::{Enrolling, IncomingBatch, Meaning, NewEnrolment, Outcome, Repeats};

#[tokio::test]
async fn a_batch_sent_twice_is_stored_once() {
    let f = fixture().await;
    let batch = Chain::of(f.device).batch(vec![other(), rated(facts(f.device, 1, 5, None), 10)], 100);
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), [Verdict::Stored, Verdict::Stored]);
    assert_eq!(verdicts(f.store.ingest(batch).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    assert_eq!(f.store.ratings(f.office).await.unwrap().len(), 1);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 2);
}

#[tokio::test]
async fn a_longer_repetition_adds_only_what_is_new() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let first = chain.batch(vec![other()], 100);
    f.store.ingest(first.clone()).await.unwrap();
    let events = [first.events, chain.batch(vec![other()], 100).events].concat();
    let both = chain.of_events(1, ChainHash::START, events, 100);
    let ingested = f.store.ingest(both).await.unwrap();
    assert_eq!((ingested.cursor.next_seq, ingested.cursor.head), (3, chain.head));
    assert_eq!(verdicts(ingested), [Verdict::Duplicate, Verdict::Stored]);
}

#[tokio::test]
async fn a_device_that_only_asks_hears_where_the_server_stands() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    assert_eq!(f.store.ingest(chain.question(50)).await.unwrap().cursor.next_seq, 1);
    let behind = chain.question(50);
    let told = f.store.ingest(chain.batch(vec![other(), other()], 100)).await.unwrap();
    let asked = f.store.ingest(chain.question(150)).await.unwrap();
    assert_eq!(asked.outcome, Outcome::Joined(Vec::new()));
    assert_eq!((asked.cursor, asked.ledger), (told.cursor, told.ledger));
    assert_eq!(asked.ledger.size, 2);
    // A kiosk whose acknowledgement was lost, or that was rolled back: it sees by the cursor which.
    assert_eq!(f.store.ingest(behind).await.unwrap().cursor.next_seq, 3);
    let mut ahead = chain.question(150);
    ahead.first_seq += 5;
    assert_eq!(f.store.ingest(ahead).await.unwrap().outcome, Outcome::Gap);
    let mut other_head = chain.question(150);
    other_head.prev_hash.0[0] ^= 1;
    assert_eq!(f.store.ingest(other_head).await.unwrap().outcome, Outcome::Fork);
}

#[tokio::test]
async fn missing_events_are_asked_for() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    chain.batch(vec![other()], 100);
    let later = f.store.ingest(chain.batch(vec![other()], 100)).await.unwrap();
    assert_eq!((later.outcome, later.cursor.next_seq), (Outcome::Gap, 1));
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 0);
}

#[tokio::test]
async fn a_hole_is_recorded_and_the_chain_goes_on_behind_it() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(vec![other()], 100)).await.unwrap();
    chain.batch(vec![other(), other()], 100);
    let mut after = chain.batch(vec![other()], 100);
    assert_eq!(f.store.ingest(after.clone()).await.unwrap().outcome, Outcome::Gap);
    after.hole = Some(Hole::Pruned);
    let ingested = f.store.ingest(after.clone()).await.unwrap();
    assert_eq!((ingested.cursor.next_seq, ingested.cursor.head), (5, chain.head));
    assert_eq!(verdicts(f.store.ingest(after).await.unwrap()), [Verdict::Duplicate], "sent again");
    let holes = f.store.holes(f.office, f.device).await.unwrap();
    assert_eq!(holes.iter().map(|h| (h.from_seq, h.to_seq, h.reason)).collect::<Vec<_>>(), [(2, 3, Hole::Pruned)]);
    assert_eq!(verdicts(f.store.ingest(chain.batch(vec![other()], 100)).await.unwrap()), [Verdict::Stored]);
}

#[tokio::test]
async fn another_history_of_the_same_device_is_a_fork() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let mine = chain.batch(vec![other(), other(), other()], 100);
    f.store.ingest(mine.clone()).await.unwrap();
    let mut wrong_head = chain.batch(vec![other()], 100);
    wrong_head.prev_hash.0[0] ^= 1;
    let mut other_bytes = mine.clone();
    other_bytes.events[0].body_hash.0[0] ^= 1;
    let mut other_start = mine.clone();
    other_start.prev_hash.0[0] ^= 1;
    let shorter = |mut batch: IncomingBatch, to: usize| {
        batch.events.truncate(to);
        batch
    };
    for (what, batch) in [
        ("another end", wrong_head),
        ("other bytes, up to the end", other_bytes.clone()),
        ("other bytes, within", shorter(other_bytes, 2)),
        ("another start", other_start.clone()),
        ("another start, within", shorter(other_start, 1)),
    ] {
        assert_eq!(f.store.ingest(batch).await.unwrap().outcome, Outcome::Fork, "{what}");
    }
    assert_eq!(verdicts(f.store.ingest(shorter(mine, 2)).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 3, "a fork changes nothing");
}

/// Within the chain the hash before a batch is known where another batch ended.
#[tokio::test]
async fn an_older_batch_sent_again_has_to_follow_what_came_before_it() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let batches: Vec<_> = (0..3).map(|_| chain.batch(vec![other(), other()], 100)).collect();
    for batch in &batches {
        f.store.ingest(batch.clone()).await.unwrap();
    }
    let again = batches[1].clone();
    assert_eq!(verdicts(f.store.ingest(again.clone()).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    let mut elsewhere = again;
    elsewhere.prev_hash.0[0] ^= 1;
    assert_eq!(f.store.ingest(elsewhere.clone()).await.unwrap().outcome, Outcome::Fork);
    (elsewhere.events, elsewhere.anchors) = (Vec::new(), Vec::new());
    assert_eq!(f.store.ingest(elsewhere).await.unwrap().outcome, Outcome::Fork, "a question as well");
}

#[tokio::test]
async fn nothing_that_is_not_understood_blocks_or_is_dropped() {
    let f = fixture().await;
    let batch = Chain::of(f.device).batch(vec![parked(), rated(facts(f.device, 1, 5, None), 10)], 100);
    let expected = [Verdict::Parked { reason: "too new".to_owned() }, Verdict::Stored];
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), expected);
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    let parked = f.store.parked(f.office).await.unwrap();
    assert_eq!(parked, [(batch.events[0].id, "too new".to_owned())]);
}

#[tokio::test]
async fn an_id_used_twice_with_other_bytes_is_kept_as_a_conflict() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let first = chain.event(other());
    let again = chain.link(first.id, "{\"other\":1}".to_owned(), other());
    let batch = chain.of_events(1, ChainHash::START, vec![first, again], 100);
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), [Verdict::Stored, Verdict::Conflict]);
    assert_eq!(verdicts(f.store.ingest(batch).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    let conflicts = f.store.conflicts(f.office).await.unwrap();
    assert_eq!(conflicts.iter().map(|c| (c.seq, c.body.as_deref())).collect::<Vec<_>>(), [(2, Some("{\"other\":1}"))]);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 1);
    assert_eq!(verdicts(f.store.ingest(chain.batch(vec![other()], 100)).await.unwrap()), [Verdict::Stored]);
}

#[tokio::test]
async fn what_was_withheld_can_follow_later() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let rating = chain.event(rated(facts(f.device, 1, 2, None), 10));
    let undo =
        chain.event(Given::at(Meaning::Undone { visit: facts(f.device, 2, 1, None).visit, rating: rating.id }, 20));
    let batch = chain.of_events(1, ChainHash::START, vec![withheld(&rating), undo], 100);
    assert!(matches!(verdicts(f.store.ingest(batch).await.unwrap())[..], [Verdict::Parked { .. }, Verdict::Stored]));
    let size = f.store.ledger_end(f.office).await.unwrap().size;
    let late = chain.of_events(1, ChainHash::START, vec![rating.clone()], 200);
    assert_eq!(verdicts(f.store.ingest(late.clone()).await.unwrap()), [Verdict::Stored]);
    assert_eq!(verdicts(f.store.ingest(late).await.unwrap()), [Verdict::Duplicate]);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, size, "its leaf was there before");
    assert!(f.store.parked(f.office).await.unwrap().is_empty());
    let ratings = f.store.ratings(f.office).await.unwrap();
    assert_eq!((ratings.len(), ratings[0].counted), (1, true), "the undoing was of another visit");
}

#[tokio::test]
async fn a_rating_that_arrives_after_its_undoing_does_not_count() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let rating = chain.event(rated(facts(f.device, 1, 2, None), 10));
    let visit = facts(f.device, 1, 2, None).visit;
    let undo = chain.event(Given::at(Meaning::Undone { visit, rating: rating.id }, 20));
    let batch = chain.of_events(1, ChainHash::START, vec![withheld(&rating), undo], 100);
    f.store.ingest(batch).await.unwrap();
    f.store.ingest(chain.of_events(1, ChainHash::START, vec![rating], 200)).await.unwrap();
    let ratings = f.store.ratings(f.office).await.unwrap();
    assert_eq!((ratings.len(), ratings[0].undone, ratings[0].counted), (1, true, false));
}

/// After a fork or a lost card, a kiosk goes on as a new device: it sends its queue again, in a new
/// chain, with the ids and bytes of before.
#[tokio::test]
async fn a_kiosk_enrolled_anew_brings_its_queue_along() {
    let f = fixture().await;
    let mut old = Chain::of(f.device);
    let (known, hidden) =
        (old.event(rated(facts(f.device, 1, 5, None), 10)), old.event(rated(facts(f.device, 2, 4, None), 20)));
    let unsent = old.event(rated(facts(f.device, 3, 1, Some(f.officers[0])), 30));
    let batch = old.of_events(1, ChainHash::START, vec![known.clone(), withheld(&hidden)], 100);
    f.store.ingest(batch).await.unwrap();
    let code = code_key(2);
    let new = NewEnrolment { code, office: f.office, counter: f.counter, now_ms: 0, expires_at_ms: 1_000 };
    f.store.add_enrolment(&new).await.unwrap();
    let moved = Enrolling { first_seq: 41, ..enrolling(2, 0) };
    let device = f.store.enrol(&moved).await.unwrap().unwrap().device;
    let mut chain = Chain::with_key(device, 2);
    chain.seq = 40;
    let again = [known, hidden, unsent].map(|event| {
        let given = Given::at(event.meaning.clone(), event.at.unwrap().boot_ms);
        chain.link(event.id, event.body.unwrap(), given)
    });
    let batch = chain.of_events(41, ChainHash::START, again.to_vec(), 200);
    let expected = [Verdict::Duplicate, Verdict::Stored, Verdict::Stored];
    assert_eq!(verdicts(f.store.ingest(batch).await.unwrap()), expected, "the second brings bytes that were withheld");
    let mut ratings = f.store.ratings(f.office).await.unwrap();
    ratings.sort_by_key(|rating| rating.facts.visit);
    let seen: Vec<_> = ratings.iter().map(|r| (r.facts.visit.device, r.counted, r.forked)).collect();
    assert_eq!(
        seen,
        [(f.device, true, false), (f.device, true, false), (f.device, true, true)],
        "only the last is in no chain of its own kiosk"
    );
    let links = f.store.events_after(f.office, (device, 0), 10).await.unwrap();
    let repeats: Vec<_> = links.iter().map(|link| (link.seq, link.repeats)).collect();
    assert_eq!(repeats, [(41, Some(Repeats::Duplicate)), (42, Some(Repeats::Duplicate)), (43, None)]);
}

#[tokio::test]
async fn what_a_kiosk_says_of_itself_reaches_people() {
    let f = fixture().await;
    let (calm, alarm) = (Health::default(), Health { alarm: Some("the disk is full".to_owned()), ..Health::default() });
    let given = [calm, alarm.clone()].map(|report| Given::at(Meaning::Health(report), 10));
    f.store.ingest(Chain::of(f.device).batch(given.into(), 100)).await.unwrap();
    let alarms = f.store.alarms(f.office, 0).await.unwrap();
    assert_eq!((alarms.len(), alarms[0].seq, &alarms[0].report), (1, 2, &alarm));
    assert!(f.store.alarms(f.office, 101).await.unwrap().is_empty());
}

#[tokio::test]
async fn devices_do_not_touch_each_other() {
    let f = fixture().await;
    let second = enrol(&*f.store, f.office, f.counter, 2).await;
    let (mut one, mut two) = (Chain::of(f.device), Chain::with_key(second, 2));
    f.store.ingest(one.batch(vec![other(), other()], 100)).await.unwrap();
    let ingested = f.store.ingest(two.batch(vec![rated(facts(second, 1, 3, None), 10)], 100)).await.unwrap();
    assert_eq!((ingested.cursor.next_seq, ingested.ledger.size), (2, 3));
}
