//! A copied kiosk, and one put back to an older copy of itself: found at the first word with the
//! server, and after a new enrolment the data of both is there.
//!
//! Target: every clone found at its first sync, nothing of either lost. The control is the original,
//! which nobody may take for a clone.

use crate::lab::device::Device;
use crate::lab::server::service_on;
use crate::lab::world::{Place, World};
use crate::lab::{Run, fast_folder};
use crate::support::server::quick_office;
use suara_loket::kiosk::sync::Outcome;
use suara_loket::protocol::EvaluationServer;

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

/// The server does not rely on what a clone notices itself.
#[tokio::test]
async fn the_server_refuses_a_contradiction_by_itself() {
    let run = Run::begin("contradictions at the server", 20, 2_000);
    let (folder, mut dice) = (fast_folder(), run.dice());
    let service = service_on(folder.path());
    let office = quick_office(&service).await;
    for _ in 0..run.count {
        let mut device = Device::enrol(&service, office.office, office.counter, dice.split()).await;
        (0..2 + dice.below(5)).for_each(|_| device.rate());
        let mut clone = device.clone();
        clone.dice = dice.split();
        device.rate();
        let end = device.next_seq();
        let genuine = device.request(1..end);
        assert_eq!(service.call(&genuine).await.unwrap().status, 200);
        (0..=dice.below(3)).for_each(|_| clone.rate());
        // It repeats some of what is known, and then says something else.
        let (first, last) = (1 + dice.below(end - 1), clone.next_seq());
        let contradiction = clone.request(first..last);
        let reply = service.call(&contradiction).await.unwrap();
        assert_eq!(reply.status, 409, "seqs {first} to {last} where {end} was next, seed {}", run.seed());
    }
    run.report(format!("{} contradictions, all refused", run.count));
}

fn tap(place: &mut Place, times: usize) {
    for _ in 0..times {
        place.tap();
    }
}
