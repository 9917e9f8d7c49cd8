//! Clocks that lie: 1970, years behind, ten years ahead, jumps between two events of one batch,
//! restarts, crystals that drift, and midnight in three zones; through the real queue, the real
//! synchronisation and the real server.
//!
//! Target: 5,000 scenarios: no kiosk locked out, the order kept by guesses too, the true time inside the bound in
//! 100 %, and the right civil day in 99.9 % where a moment of the same boot is known. The mutant
//! believes the wall clock.

use crate::lab::world::{DAY_MS, MINUTE_MS, World};
use crate::lab::{Dice, Run, in_parallel};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Mutex;
use suara_loket::domain::clock::civil_day;
use suara_loket::domain::ids::EventId;
use suara_loket::kiosk::sync::Outcome;
use uuid::Uuid;

const ZONES: [&str; 3] = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"];
const YEAR_MS: i64 = 365 * DAY_MS;

/// What all scenarios came to.
#[derive(Debug, Default)]
struct Toll {
    ratings: u64,
    exact: u64,
    outside_the_bound: u64,
    out_of_order: u64,
    wrong_day: u64,
    wrong_day_by_the_wall: u64,
}

/// A rating as the server places it.
#[derive(Debug)]
struct Seen {
    id: EventId,
    at_ms: i64,
    bound_ms: i64,
    exact: bool,
    day: String,
    wall_ms: i64,
}

#[test]
fn the_server_knows_when_whatever_the_kiosk_believes() {
    let run = Run::begin("clocks", 60, 5_000);
    let toll = Mutex::new(Toll::default());
    in_parallel(run.count, |number| {
        let seed = run.seed() + number;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (world, zone, truth) = runtime.block_on(scenario(seed));
        let mut toll = toll.lock().unwrap();
        judge(&world, zone, &truth, &mut toll);
        let clean = (toll.outside_the_bound, toll.out_of_order) == (0, 0);
        assert!(clean, "{toll:?}: try again with SUARA_FAULTS_SEED={seed} SUARA_FAULTS_COUNT=1");
    });
    let toll = toll.into_inner().unwrap();
    run.report(format!("{} scenarios, 0 locked out, {toll:?}", run.count));
    // One in a thousand; two, where there are few.
    assert!(toll.wrong_day <= toll.exact / 1_000 + 2, "{toll:?}");
    // A few scenarios, as when one is tried again, may have no rating that could tell the two apart.
    let can_tell = toll.exact >= 100;
    assert!(
        !can_tell || toll.wrong_day_by_the_wall > toll.wrong_day,
        "the mutant that believes the wall clock does as well"
    );
}

async fn scenario(seed: u64) -> (World, &'static str, BTreeMap<EventId, i64>) {
    let mut dice = Dice::new(seed);
    let zone = *dice.pick(&ZONES);
    let mut world = World::new_in(zone, 1, 0, dice.split()).await;
    world.places[0].wire.weather.lock().unwrap().latency_ms = dice.below(800);
    world.places[0].clock.drift(dice.ms(180) - 90);
    wait_for_midnight(&world, zone, &mut dice);
    let mut truth = BTreeMap::new();
    for _ in 0..6 + dice.below(20) {
        step(&mut world, &mut dice, &mut truth).await;
    }
    // Whatever the clock says, the kiosk is heard.
    let outcome = world.places[0].round().await;
    assert_eq!(outcome, Outcome::Done, "locked out, scenario {seed}");
    (world, zone, truth)
}

/// A few minutes before midnight in half of the scenarios, at any time in the others.
fn wait_for_midnight(world: &World, zone: &str, dice: &mut Dice) {
    let zone = TimeZone::get(zone).unwrap();
    let tomorrow = civil_day(world.time.now_ms(), &zone).tomorrow().unwrap();
    let midnight = zone.to_ambiguous_timestamp(tomorrow.at(0, 0, 0, 0)).compatible().unwrap();
    let midnight_ms = midnight.as_millisecond();
    let to_midnight_ms = midnight_ms - world.time.now_ms() - dice.ms(5 * MINUTE_MS);
    world.time.pass(if dice.percent(50) { to_midnight_ms } else { dice.ms(DAY_MS) });
}

async fn step(world: &mut World, dice: &mut Dice, truth: &mut BTreeMap<EventId, i64>) {
    let waits_ms = [MINUTE_MS, 10 * MINUTE_MS, 3 * 60 * MINUTE_MS];
    let most_ms = *dice.pick(&waits_ms);
    world.time.pass(1 + dice.ms(most_ms));
    let place = &mut world.places[0];
    match dice.below(10) {
        0..6 => {
            let now_ms = world.time.now_ms();
            truth.insert(place.tap(), now_ms);
        }
        6 => drop(place.round().await),
        7 => place.clock.jump(wall_error(world.time.now_ms(), dice)),
        8 => {
            // Switched off for a while, and awake with a clock of its own.
            world.time.pass(dice.ms(DAY_MS));
            let error_ms = wall_error(world.time.now_ms(), dice);
            place.reboot(error_ms);
        }
        _ => world.time.pass(dice.ms(2 * DAY_MS)),
    }
}

fn wall_error(now_ms: i64, dice: &mut Dice) -> i64 {
    let near_ms = dice.ms(DAY_MS) - DAY_MS / 2;
    *dice.pick(&[0, -now_ms, -2 * YEAR_MS, 10 * YEAR_MS, near_ms, near_ms / 1_000])
}

fn judge(world: &World, zone: &str, truth: &BTreeMap<EventId, i64>, toll: &mut Toll) {
    let (zone, mut before_ms) = (TimeZone::get(zone).unwrap(), i64::MIN);
    let seen = seen(world);
    assert_eq!(seen.len(), truth.len(), "not all arrived");
    for rating in seen {
        let true_ms = truth[&rating.id];
        let true_day = civil_day(true_ms, &zone).to_string();
        toll.ratings += 1;
        toll.exact += u64::from(rating.exact);
        toll.outside_the_bound += u64::from((rating.at_ms - true_ms).abs() > rating.bound_ms);
        if rating.at_ms < before_ms {
            toll.out_of_order += 1;
            println!(
                "{} ms too early beside the one before it; truly at {true_ms}: {rating:?}",
                before_ms - rating.at_ms
            );
        }
        toll.wrong_day += u64::from(rating.exact && rating.day != true_day);
        toll.wrong_day_by_the_wall +=
            u64::from(rating.exact && civil_day(rating.wall_ms, &zone).to_string() != true_day);
        before_ms = rating.at_ms;
    }
}

/// All ratings, in the order of the kiosk's chain.
fn seen(world: &World) -> Vec<Seen> {
    let archive = world.archive();
    let query = "SELECT r.event_id, occurred_at_ms, bound_ms, time_quality, day, e.body ->> '$.at.wall_ms'
                 FROM rating AS r JOIN event AS e USING (office_id, event_id) ORDER BY e.device_id, e.seq";
    let mut statement = archive.database().prepare(query).unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Seen {
            id: EventId(Uuid::from_bytes(row.get(0)?)),
            at_ms: row.get(1)?,
            bound_ms: row.get(2)?,
            exact: row.get::<_, String>(3)? == "exact",
            day: row.get(4)?,
            wall_ms: row.get(5)?,
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}
