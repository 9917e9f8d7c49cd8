//! Every kiosk is a witness: a server that rewrites what it showed before is found out.

use crate::Scene;
use crate::liar::Liar;
use std::sync::{Arc, Mutex};
use suara_loket::domain::ids::OfficeId;
use suara_loket::domain::ledger::{Checkpoint, NodeHash, Origin, TreeBuilder, leaf_hash};
use suara_loket::kiosk::sync::Outcome;
use suara_loket::protocol::batch::{HexHash, WireCheckpoint};

/// What the server shows of its ledger: leaves, the proof that goes with them, and the data's epoch.
#[derive(Clone)]
struct Show {
    leaves: Vec<u8>,
    proof: Vec<NodeHash>,
    data_epoch: u64,
}

/// From now on the server shows this ledger instead of its own.
fn show(liar: &Liar, office: OfficeId, first: Show) -> Arc<Mutex<Show>> {
    let shown = Arc::new(Mutex::new(first));
    let now = shown.clone();
    liar.lies(move |request, truth| {
        if !request.path.ends_with("/batches") {
            return truth.told();
        }
        let Show { leaves, proof, data_epoch } = now.lock().unwrap().clone();
        let mut tree = TreeBuilder::new();
        tree.extend(leaves.iter().map(|leaf| leaf_hash(&[*leaf])));
        let origin = Origin { office, data_epoch };
        let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root(), at_ms: 1 };
        let consistency = proof.iter().map(|hash| HexHash(hash.0)).collect();
        let mut ack = truth.ack();
        ack.checkpoint = Some(WireCheckpoint { note: checkpoint.sign(&truth.key), consistency });
        ack.data_epoch = data_epoch;
        truth.signed(200, &ack)
    });
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_ledger_is_noted_reported_and_proven_while_ratings_go_on() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    let third = leaf_hash(&[3]);
    let shown = show(&liar, scene.office, Show { leaves: vec![1, 2], proof: Vec::new(), data_epoch: 7 });
    assert_eq!(desk.round().await, Outcome::Done);
    let seen = desk.outbox.checkpoint().unwrap().unwrap();
    // The same leaves but one, and a third.
    *shown.lock().unwrap() = Show { leaves: vec![1, 9, 3], proof: vec![third], data_epoch: 7 };
    for _ in 0..3 {
        desk.rate(4).await;
        assert_eq!((desk.round().await, desk.waiting()), (Outcome::Done, 0), "sending goes on");
    }
    assert_eq!(desk.outbox.checkpoint().unwrap().unwrap(), seen, "what was seen is not overwritten");
    assert_eq!(desk.evidence("ledger as seen"), [seen]);
    assert_eq!(desk.evidence("ledger that contradicts it").len(), 1, "once");
    assert!(desk.note("ledger").unwrap().contains("changed some of them"));
    assert_eq!(alarms(&scene), 1, "reported once");
    // It shows the old ledger again, with more.
    *shown.lock().unwrap() = Show { leaves: vec![1, 2, 3], proof: vec![third], data_epoch: 7 };
    assert_eq!((desk.round().await, desk.note("ledger")), (Outcome::Done, None));
    assert_eq!(desk.evidence("ledger as seen").len(), 1, "the evidence stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_begins_a_new_ledger_and_the_old_one_is_kept() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    let shown = show(&liar, scene.office, Show { leaves: vec![1, 2], proof: Vec::new(), data_epoch: 7 });
    assert_eq!(desk.round().await, Outcome::Done);
    let before = desk.outbox.checkpoint().unwrap().unwrap();
    *shown.lock().unwrap() = Show { leaves: vec![1], proof: Vec::new(), data_epoch: 8 };
    for _ in 0..2 {
        assert_eq!(desk.round().await, Outcome::Done);
    }
    assert_eq!(desk.evidence("ledger before a restore"), std::slice::from_ref(&before));
    assert_ne!(desk.outbox.checkpoint().unwrap().unwrap(), before);
    assert!(desk.note("restored").unwrap().contains("a backup was restored"));
    assert_eq!(alarms(&scene), 1);
}

/// Reports that kiosks sent for a person to see.
fn alarms(scene: &Scene) -> i64 {
    let sql = "SELECT count(*) FROM event WHERE body LIKE '%\"kind\":\"health\"%' AND body NOT LIKE '%\"alarm\":null%'";
    scene.server.database().query_row(sql, [], |row| row.get(0)).unwrap()
}
