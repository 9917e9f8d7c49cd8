//! A copied kiosk, and one put back to an older copy of itself: found at the first word with the
//! server, and after a new enrolment the data of both is there.
//!
//! Target: every clone found at its first sync, nothing of either lost. The control is the original,
//! which nobody may take for a clone.

use crate::lab::Run;
use crate::lab::world::{Place, World};
use suara_loket::kiosk::sync::Outcome;

const BEFORE: usize = 5;

#[tokio::test]
async fn a_clone_is_found_and_both_keep_their_data() {
    let run = Run::begin("cloned kiosk", 10, 200);
    let mut dice = run.dice();
    for _ in 0..run.count {
        let mut world = World::new(1, 0, dice.split()).await;
        tap(&mut world.places[0], BEFORE);
        world.settle(2).await;
        let clone = world.clone_place(0);
        world.places.push(clone);
        for place in 0..2 {
            tap(&mut world.places[place], 1 + dice.index(10));
        }
        assert_eq!(world.places[0].round().await, Outcome::Done, "the first to speak is taken for the kiosk");
        let waiting = world.places[1].station.waiting();
        assert_ne!(world.places[1].round().await, Outcome::Done, "a clone was not found, seed {}", run.seed());
        assert_eq!(world.places[1].station.waiting(), waiting, "a clone's events were acknowledged");
        // It goes on collecting until somebody comes with a code.
        tap(&mut world.places[1], 3);
        world.service();
        let service = world.service();
        world.places[1].enrol_again(&service).await;
        world.settle(2).await;
        let toll = world.toll();
        assert!(toll.is_clean(), "{toll:?}, seed {}", run.seed());
        tap(&mut world.places[0], 1);
        assert_eq!(world.places[0].round().await, Outcome::Done, "the original goes on");
    }
    run.report(format!("{} clones, all found at their first sync, 0 lost, 0 doubled", run.count));
}

/// A technician puts the card of last week back: what it then records takes places of the chain that
/// the server knows with other bytes, or knows already.
#[tokio::test]
async fn a_kiosk_put_back_is_found_before_it_says_anything_new() {
    let run = Run::begin("kiosk put back to an older copy", 10, 200);
    let mut dice = run.dice();
    for _ in 0..run.count {
        let mut world = World::new(1, 0, dice.split()).await;
        tap(&mut world.places[0], BEFORE);
        world.settle(2).await;
        let mut older = world.clone_place(0);
        tap(&mut world.places[0], 1 + dice.index(10));
        world.settle(2).await;
        if dice.percent(50) {
            tap(&mut older, 1 + dice.index(20));
        }
        assert_ne!(older.round().await, Outcome::Done, "not found, seed {}", run.seed());
        world.places.push(older);
        let service = world.service();
        world.places[1].enrol_again(&service).await;
        world.settle(2).await;
        let toll = world.toll();
        assert!(toll.is_clean(), "{toll:?}, seed {}", run.seed());
    }
    run.report(format!("{} older copies, all found at their first sync, 0 lost, 0 doubled", run.count));
}

fn tap(place: &mut Place, times: usize) {
    for _ in 0..times {
        place.tap();
    }
}
