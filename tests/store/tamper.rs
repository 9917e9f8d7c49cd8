//! Somebody with the database, but without the keys of the kiosks, changes rows: every change is named.
//!
//! `SUARA_TAMPER` says how many changes are made, `SUARA_SEED` which.

mod edits;
mod world;

use edits::Edit;
use std::collections::BTreeMap;
use std::path::Path;
use suara_loket::domain::ids::DeviceId;
use suara_loket::server::service::{Finding, Summary};
use world::{Dice, World, verify};

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_row_is_named() {
    let (edits, seed) = (from_env("SUARA_TAMPER", 60), from_env("SUARA_SEED", 20_261_124));
    println!("{edits} changes with SUARA_SEED={seed}");
    let world = World::new().await;
    let (found, summary) = verify(world.folder.path(), world.office).await;
    assert_eq!(found, [], "nothing was changed yet");
    assert_world_was_seen(&summary);
    let mut tried = BTreeMap::<&str, u32>::new();
    for number in 0..edits {
        let mut dice = Dice::new(seed, number);
        let folder = tempfile::tempdir().unwrap();
        world.copy_to(folder.path());
        let edit = edit(&world, folder.path(), &mut dice, number);
        *tried.entry(edit.what).or_default() += 1;
        let (found, _) = verify(folder.path(), world.office).await;
        let is_named = found.iter().any(|finding| (edit.names)(finding));
        assert!(is_named, "change {number} of seed {seed}, {}: only {found:#?}", edit.what);
    }
    println!("all named: {tried:?}");
}

/// Every kind in turn, each time on other rows.
fn edit(world: &World, folder: &Path, dice: &mut Dice, number: u64) -> Edit {
    let kinds = edits::KINDS;
    let kind = kinds[usize::try_from(number).unwrap() % kinds.len()];
    kind(&world::raw(folder), world, dice)
}

/// The world has everything in it that could be taken for a change.
fn assert_world_was_seen(summary: &Summary) {
    let Summary {
        chains, parked, withheld, erased, holes, checkpoints, leaves, ratings, surveys, findings, moved, ..
    } = summary;
    assert_eq!((*chains, *parked, *withheld, *erased, holes.len()), (4, 2, 1, 1, 1));
    assert!(*leaves > 600 && *ratings > 300 && *checkpoints > 3);
    assert_eq!((*surveys, *findings, *moved), (18, 0, false));
}

#[test]
fn a_finding_says_where() {
    let device = DeviceId::try_from(7).unwrap();
    let finding = Finding::EventsMissing { device, from_seq: 3, to_seq: 5 };
    assert_eq!(finding.to_string(), "device 7: events 3 to 5 are missing");
}
