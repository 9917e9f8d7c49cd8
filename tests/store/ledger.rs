//! The ledger: what is in it, and that it only ever grows.

use crate::fixture::{Chain, facts, fixture, late, other, rated, visit};
use suara_loket::domain::ledger::{ReceiptCode, empty_root, verify_consistency};
use suara_loket::server::store::{CheckpointRow, LedgerEnd};

#[tokio::test]
async fn every_accepted_event_is_a_leaf_and_the_tree_only_grows() {
    let f = fixture().await;
    let empty = f.store.ledger_end(f.office).await.unwrap();
    assert_eq!(empty, LedgerEnd { office: f.office, size: 0, root: empty_root() });
    let (mut chain, mut ends) = (Chain::of(f.device), Vec::new());
    for n in 0..12u32 {
        let batch = chain.batch((0..=n * 5).map(|_| other()).collect(), 100);
        ends.push(f.store.ingest(batch).await.unwrap().ledger);
        f.store.rate_late(f.office, &late(n.into(), facts(f.device, n + 1, 5, None), 100)).await.unwrap();
        ends.push(f.store.ledger_end(f.office).await.unwrap());
    }
    let last = *ends.last().unwrap();
    assert_eq!(last.size, chain.seq + 12);
    for end in &ends {
        let proof = f.store.consistency_proof(f.office, end.size, last.size).await.unwrap();
        assert!(verify_consistency(end.size, end.root, last.size, last.root, &proof), "{end:?}");
    }
}

#[tokio::test]
async fn a_receipt_says_whether_its_answer_is_included() {
    let f = fixture().await;
    let batch = Chain::of(f.device).batch(vec![other(), rated(facts(f.device, 1, 5, None), 10)], 100);
    let touched = ReceiptCode::of(batch.events[1].id);
    assert!(!f.store.is_included(f.office, touched).await.unwrap());
    f.store.ingest(batch).await.unwrap();
    assert!(f.store.is_included(f.office, touched).await.unwrap());
    let scan = late(9, facts(f.device, 2, 5, None), 100);
    assert_eq!(f.store.late_receipt(f.office, scan.facts.visit).await.unwrap(), None);
    f.store.rate_late(f.office, &scan).await.unwrap();
    let receipt = f.store.late_receipt(f.office, scan.facts.visit).await.unwrap().unwrap();
    assert_eq!(receipt, ReceiptCode::of(scan.id));
    assert!(f.store.is_included(f.office, receipt).await.unwrap());
    let touch_only = facts(f.device, 1, 5, None).visit;
    assert_eq!(f.store.late_receipt(f.office, touch_only).await.unwrap(), None, "touched, not scanned");
}

/// Codes are written thousands at once; none may be lost where one portion ends.
#[tokio::test]
async fn every_receipt_of_many_is_found() {
    let f = fixture().await;
    let (mut chain, mut codes) = (Chain::of(f.device), Vec::new());
    for _ in 0..45 {
        let batch = chain.batch((0..200).map(|_| other()).collect(), 100);
        codes.extend(batch.events.iter().map(|event| ReceiptCode::of(event.id)));
        f.store.ingest(batch).await.unwrap();
    }
    for (n, code) in codes.iter().enumerate().filter(|(n, _)| n % 500 == 0 || (8_100..8_500).contains(n) && n % 20 == 0)
    {
        assert!(f.store.is_included(f.office, *code).await.unwrap(), "{n}");
    }
    assert!(!f.store.is_included(f.office, ReceiptCode::from_u64(1).unwrap()).await.unwrap());
}

#[tokio::test]
async fn checkpoints_are_kept_once_and_a_new_epoch_keeps_the_leaves() {
    let f = fixture().await;
    f.store.ingest(Chain::of(f.device).batch(vec![other(), other()], 100)).await.unwrap();
    for note in ["first", "second"] {
        let row = CheckpointRow { data_epoch: 5, size: 2, note: note.to_owned() };
        f.store.keep_checkpoint(f.office, &row).await.unwrap();
    }
    let kept = f.store.checkpoints(f.office).await.unwrap();
    assert_eq!(kept, [CheckpointRow { data_epoch: 5, size: 2, note: "first".to_owned() }]);
    assert_eq!(f.store.data_epoch(5).await.unwrap(), 5);
    f.store.begin_data_epoch(6, 1_000).await.unwrap();
    assert_eq!(f.store.data_epoch(7).await.unwrap(), 6);
    let epochs = f.store.epochs(f.office).await.unwrap();
    let seen: Vec<_> = epochs.iter().map(|e| (e.data_epoch, e.start_size, e.previous_epoch)).collect();
    assert_eq!(seen, [(6, 2, Some(5))]);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 2);
}

#[tokio::test]
async fn a_kiosk_can_read_what_the_server_holds_of_it() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let batch = chain.batch(vec![other(), rated(facts(f.device, 1, 4, Some(f.officers[1])), 10), other()], 100);
    f.store.ingest(batch.clone()).await.unwrap();
    let device = f.store.device(f.device).await.unwrap().unwrap();
    let held = f.store.held_events(&device, 2, 9).await.unwrap();
    assert_eq!(held.iter().map(|held| held.link.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(held[0].body, batch.events[1].body);
    assert_eq!(held.iter().map(|held| held.in_ledger).collect::<Vec<_>>(), [Some(true); 2]);
    let ratings = f.store.answers_to(f.office, &[visit(f.device, 1), visit(f.device, 2)]).await.unwrap();
    let seen: Vec<_> = ratings.iter().map(|r| (r.id, r.facts.stars.get(), r.facts.officer, r.undone)).collect();
    assert_eq!(seen, [(batch.events[1].id, 4, Some(f.officers[1]), false)]);
}
