//! Twenty kiosks and a server under a seed: partitions, lost and late answers, crashes of both sides,
//! clocks that jump, a server that comes back from an older copy. In the end everything thanked for
//! is at the server, once.
//!
//! Target: 5,000 seeds, and a failing one replays. The mutant is a network whose losses are taken
//! for deliveries.

use crate::lab::world::{DAY_MS, MINUTE_MS, Toll, World};
use crate::lab::{Dice, Run, in_parallel};
use ed25519_dalek::SigningKey;
use std::sync::Mutex;

const KIOSKS: usize = 20;
const STEPS: u64 = 150;
/// Of a hundred calls so many are disturbed.
const TROUBLE: u64 = 30;
/// A kiosk may need one to learn where a restored server stands, and one to send.
const MOST_ROUNDS_TO_SETTLE: u32 = 3;

#[test]
fn every_seed_ends_with_everything_at_the_server_once() {
    let run = Run::begin("simulation", 6, 5_000);
    let first = run.seed();
    let sum = Mutex::new((0_usize, 0_u64));
    in_parallel(run.count, |number| {
        let seed = first + number;
        let (toll, calls) = one_world(seed, false);
        assert!(toll.is_clean(), "{toll:?}: try again with SUARA_FAULTS_SEED={seed} SUARA_FAULTS_COUNT=1");
        let mut sum = sum.lock().unwrap();
        *sum = (sum.0 + toll.thanked, sum.1 + calls);
    });
    let (thanked, calls) = *sum.lock().unwrap();
    run.report(format!(
        "{} seeds, {KIOSKS} kiosks each, {thanked} thanked, {calls} calls, 0 lost, 0 doubled",
        run.count
    ));
}

#[test]
fn a_seed_replays() {
    assert_eq!(one_world(7, false), one_world(7, false));
}

#[test]
fn mutant_losses_taken_for_deliveries_are_found_out() {
    let run = Run::begin("simulation, mutant believes its network", 1, 1);
    let (toll, _) = one_world(run.seed(), true);
    run.report(format!("{} of {} lost", toll.lost, toll.thanked));
    assert!(toll.lost > 0, "the laboratory does not see lost ratings");
}

/// Runs one world to its end; returns what it came to, and how many calls were made.
fn one_world(seed: u64, liar: bool) -> (Toll, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(KIOSKS, TROUBLE, Dice::new(seed)).await;
        if liar {
            let key = SigningKey::from_bytes(&world.service().store().signing_key([0; 32]).await.unwrap());
            for place in &world.places {
                place.wire.weather.lock().unwrap().liar = Some(key.clone());
            }
        }
        let mut dice = world.dice.split();
        world.back_up("backup");
        for _ in 0..STEPS {
            step(&mut world, &mut dice).await;
        }
        if !liar {
            world.settle(MOST_ROUNDS_TO_SETTLE).await;
        }
        let calls = world.places.iter().map(|place| place.wire.weather.lock().unwrap().calls).sum();
        (world.toll(), calls)
    })
}

async fn step(world: &mut World, dice: &mut Dice) {
    world.time.pass(1 + dice.ms(20 * MINUTE_MS));
    let chosen = dice.index(world.places.len());
    let what = dice.below(100);
    if what >= 96 {
        return server_step(world, what).await;
    }
    let place = &mut world.places[chosen];
    match what {
        0..40 => {
            for _ in 0..=dice.below(6) {
                place.tap();
            }
        }
        40..76 => drop(place.round().await),
        76..82 => place.crash(),
        82..88 => place.reboot((dice.ms(20) - 10) * 365 * DAY_MS),
        88..92 => place.clock.jump((dice.ms(100) - 50) * DAY_MS),
        _ => {
            let mut weather = place.wire.weather.lock().unwrap();
            weather.cut_off = !weather.cut_off;
        }
    }
}

async fn server_step(world: &mut World, what: u64) {
    match what {
        96 => world.back_up("backup"),
        97 => world.restore_server("backup").await,
        _ => world.crash_server(),
    }
}
