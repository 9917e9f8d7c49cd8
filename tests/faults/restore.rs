//! The server's machine is lost and another starts on a day-old copy: the kiosks bring back
//! everything in one round, and nothing counts twice.
//!
//! Target: 50 kiosks, 100 % of their events back in one round each. The control looks before that
//! round, and misses the day.

use crate::lab::Run;
use crate::lab::world::{DAY_MS, World};

#[tokio::test]
async fn a_day_comes_back_in_one_round() {
    let run = Run::begin("restored from a day-old backup", 10, 50);
    let kiosks = usize::try_from(run.count).unwrap();
    let mut world = World::new(kiosks, 0, run.dice()).await;
    tap_everywhere(&mut world);
    world.settle(2).await;
    world.back_up("yesterday");
    world.time.pass(DAY_MS);
    tap_everywhere(&mut world);
    world.settle(2).await;
    let counted = world.archive().counted();
    world.restore_server("yesterday").await;
    let missing = world.toll().lost;
    for place in &mut world.places {
        place.round().await;
    }
    let toll = world.toll();
    run.report(format!(
        "{kiosks} kiosks, {missing} of {} missing in the backup, {toll:?} after one round",
        toll.thanked
    ));
    assert!(missing > 0, "the backup holds everything: nothing was proven");
    assert!(toll.is_clean(), "{toll:?}");
    assert_eq!(world.archive().counted(), counted);
}

fn tap_everywhere(world: &mut World) {
    for place in &mut world.places {
        for _ in 0..15 {
            place.tap();
        }
    }
}
