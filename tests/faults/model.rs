//! One kiosk, one server, and a model of a few lines that says how both must stand after every step.
//!
//! Target: 20,000 sequences of tap, sync, lost request, lost answer, crash, restart with another
//! time, re-enrolment, backup and restore. A failing sequence is shortened before it is shown. The
//! mutant is a model that forgets something.

use crate::lab::world::{DAY_MS, MINUTE_MS, World};
use crate::lab::{Dice, Run, in_parallel};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use suara_loket::domain::ids::EventId;

const MOST_STEPS: u64 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Tap,
    Sync,
    LoseRequest,
    LoseAnswer,
    Crash,
    Restart { wall_error_days: i64 },
    Jump { wall_error_days: i64 },
    EnrolAgain,
    BackUp,
    Restore,
}

/// Where everything must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    kiosk: BTreeSet<EventId>,
    acknowledged: BTreeSet<EventId>,
    enrolments: u32,
    server: Server,
    backup: Server,
}

/// What a server knows; one that was put back knows it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    ratings: BTreeSet<EventId>,
    /// Those of them that stand in the kiosk's present chain, or before its beginning.
    linked: BTreeSet<EventId>,
    /// The kiosk's enrolment that it knows.
    enrolment: u32,
}

impl Model {
    fn is_known(&self) -> bool {
        self.enrolments == self.server.enrolment
    }

    /// The kiosk hears where the server stands.
    fn hear(&mut self) {
        self.acknowledged.retain(|id| self.server.linked.contains(id));
    }

    fn arrive(&mut self) {
        self.server.ratings.extend(&self.kiosk);
        self.server.linked.clone_from(&self.kiosk);
    }

    fn step(&mut self, step: Step, tapped: Option<EventId>) {
        match step {
            Step::Tap => self.kiosk.extend(tapped),
            Step::Sync | Step::LoseAnswer if !self.is_known() => {}
            Step::Sync => {
                self.arrive();
                self.acknowledged.clone_from(&self.kiosk);
            }
            // It learns where the server stands and sends; that it arrived, it does not hear.
            Step::LoseAnswer => {
                self.hear();
                self.arrive();
            }
            Step::BackUp => self.backup.clone_from(&self.server),
            Step::Restore => self.server.clone_from(&self.backup),
            Step::EnrolAgain => {
                if !self.is_known() {
                    self.server.linked.clear();
                }
                self.hear();
                self.server.linked.clone_from(&self.acknowledged);
                self.enrolments += 1;
                self.server.enrolment = self.enrolments;
            }
            Step::LoseRequest | Step::Crash | Step::Restart { .. } | Step::Jump { .. } => {}
        }
    }
}

#[test]
fn the_product_does_what_the_model_says() {
    let run = Run::begin("state-machine model", 60, 20_000);
    let steps_taken = AtomicUsize::new(0);
    in_parallel(run.count, |number| {
        let mut dice = Dice::new(run.seed() + number);
        let (seed, steps) = (dice.next(), sequence(&mut dice));
        steps_taken.fetch_add(steps.len(), Ordering::SeqCst);
        if let Err(why) = holds(seed, &steps) {
            let (steps, why) = shorten(seed, steps, why);
            let again = run.seed() + number;
            panic!("{why}\nshortest: {steps:?}\ntry again with SUARA_FAULTS_SEED={again} SUARA_FAULTS_COUNT=1");
        }
    });
    let steps_taken = steps_taken.into_inner();
    run.report(format!("{} sequences, {steps_taken} steps, 0 differences", run.count));
}

/// The mutant: a model in which a lost answer never happened must be told apart from the product.
#[test]
fn mutant_a_model_that_forgets_lost_answers_is_found_out() {
    let steps = [Step::Tap, Step::LoseAnswer];
    assert!(holds(1, &steps).is_ok());
    let forgetful = run_through(1, &steps, |model, step, tapped| {
        if step != Step::LoseAnswer {
            model.step(step, tapped);
        }
    });
    assert!(forgetful.is_err(), "the laboratory does not compare the server with the model");
}

fn sequence(dice: &mut Dice) -> Vec<Step> {
    (0..=dice.below(MOST_STEPS)).map(|_| any_step(dice)).collect()
}

fn any_step(dice: &mut Dice) -> Step {
    let wall_error_days = dice.ms(8_000) - 4_000;
    match dice.below(20) {
        0..7 => Step::Tap,
        7..11 => Step::Sync,
        11 => Step::LoseRequest,
        12 | 13 => Step::LoseAnswer,
        14 => Step::Crash,
        15 => Step::Restart { wall_error_days },
        16 => Step::Jump { wall_error_days },
        17 => Step::EnrolAgain,
        18 => Step::BackUp,
        _ => Step::Restore,
    }
}

fn holds(seed: u64, steps: &[Step]) -> Result<(), String> {
    run_through(seed, steps, Model::step)
}

/// Drops what is not needed to fail.
fn shorten(seed: u64, mut steps: Vec<Step>, mut why: String) -> (Vec<Step>, String) {
    let mut at = 0;
    while at < steps.len() {
        let mut shorter = steps.clone();
        shorter.remove(at);
        match holds(seed, &shorter) {
            Err(still) => (steps, why) = (shorter, still),
            Ok(()) => at += 1,
        }
    }
    (steps, why)
}

fn run_through(
    seed: u64,
    steps: &[Step],
    model_step: impl Fn(&mut Model, Step, Option<EventId>),
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let walk = || runtime.block_on(walk(seed, steps, model_step));
    let result = std::panic::catch_unwind(AssertUnwindSafe(walk));
    result.unwrap_or_else(|_panicked| Err("something panicked".to_owned()))
}

async fn walk(seed: u64, steps: &[Step], model_step: impl Fn(&mut Model, Step, Option<EventId>)) -> Result<(), String> {
    let mut world = World::new(1, 0, Dice::new(seed)).await;
    let mut model = Model::default();
    world.back_up("backup");
    for (number, step) in steps.iter().enumerate() {
        world.time.pass(MINUTE_MS);
        let tapped = take(&mut world, *step).await;
        model_step(&mut model, *step, tapped);
        compare(&world, &model).map_err(|what| format!("after step {number}, {step:?}: {what}"))?;
    }
    Ok(())
}

async fn take(world: &mut World, step: Step) -> Option<EventId> {
    let service = world.service();
    let place = &mut world.places[0];
    let weather = place.wire.weather.clone();
    match step {
        Step::Tap => return Some(place.tap()),
        Step::Sync => drop(place.round().await),
        Step::LoseRequest | Step::LoseAnswer => {
            let lose = |weather: &mut crate::lab::world::Weather| match step {
                Step::LoseRequest => weather.cut_off = true,
                _ => weather.lose_next_answer = true,
            };
            lose(&mut weather.lock().unwrap());
            let _away = place.round().await;
            let mut weather = weather.lock().unwrap();
            (weather.cut_off, weather.lose_next_answer) = (false, false);
        }
        Step::Crash => place.crash(),
        Step::Restart { wall_error_days } => place.reboot(wall_error_days * DAY_MS),
        Step::Jump { wall_error_days } => place.clock.jump(wall_error_days * DAY_MS),
        Step::EnrolAgain => place.enrol_again(&service).await,
        Step::BackUp => world.back_up("backup"),
        Step::Restore => world.restore_server("backup").await,
    }
    None
}

fn compare(world: &World, model: &Model) -> Result<(), String> {
    let (place, archive) = (&world.places[0], world.archive());
    let differs = |what: &str, is: &BTreeSet<EventId>, should: &BTreeSet<EventId>| {
        let (extra, missing) = (is.difference(should).count(), should.difference(is).count());
        if is == should { Ok(()) } else { Err(format!("{what}: {extra} too many, {missing} missing")) }
    };
    let (held, waiting) = place.station.ratings();
    differs("the kiosk holds", &held, &model.kiosk)?;
    differs("there wait", &waiting, &model.kiosk.difference(&model.acknowledged).copied().collect())?;
    differs("the server holds", &archive.ratings(), &model.server.ratings)?;
    let (counted, doubled) = (archive.counted(), archive.doubled());
    if (counted, doubled) == (model.server.ratings.len() as u64, 0) {
        Ok(())
    } else {
        Err(format!("{counted} count, {doubled} twice"))
    }
}
