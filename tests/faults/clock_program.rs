//! Clocks that lie to the real program: 1970, two years behind, ten years ahead, and jumps in between.
//!
//! The real counter runs with libfaketime and talks to a real server whose time is right: it is
//! enrolled, rates without a network, has its clock jump, and then sends everything. Target: no
//! kiosk locked out, the order kept, every rating placed at its true time within the bound and on
//! its civil day. The control is the kiosk's own wall clock, which has to be found wrong.

use crate::lab::faketime::WallClock;
use crate::lab::kiosk::{Heard, KioskProgram, NOWHERE};
use crate::lab::server::{ServerProgram, service_on};
use crate::lab::{Dice, Run, fast_folder};
use crate::support::eventually;
use crate::support::server::quick_office;
use jiff::{Timestamp, tz::TimeZone};
use rusqlite::Connection;
use std::path::Path;
use suara_loket::domain::clock::civil_day;
use suara_loket::domain::ids::EventId;
use uuid::Uuid;

const YEAR_S: i64 = 365 * 24 * 60 * 60;
/// Closer than this, a wall clock is taken for right.
const NEAR_MS: i64 = 60_000;

/// What all kiosks came to.
#[derive(Debug, Default)]
struct Toll {
    ratings: u64,
    outside_the_bound: u64,
    out_of_order: u64,
    not_exact: u64,
    wrong_day: u64,
    wrong_day_by_the_wall: u64,
    largest_bound_ms: i64,
}

/// A rating as its resident saw it.
struct Given {
    id: EventId,
    /// The true time lies between these.
    from_ms: i64,
    to_ms: i64,
    wrong_by_s: i64,
}

/// The same as the server placed it.
struct Placed {
    id: EventId,
    at_ms: i64,
    bound_ms: i64,
    is_exact: bool,
    day: String,
    wall_ms: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_program_lives_with_any_wall_clock() {
    let run = Run::begin("clocks, real program", 4, 200);
    let (folder, server_folder) = (fast_folder(), fast_folder());
    let clock = match WallClock::new(folder.path()) {
        Ok(clock) => clock,
        Err(reason) => return run.skip(reason),
    };
    let codes = codes(server_folder.path(), run.count).await;
    let server = ServerProgram::start(server_folder.path());
    let (mut dice, mut toll) = (run.dice(), Toll::default());
    for (number, code) in codes.iter().enumerate() {
        let kiosk = folder.path().join(format!("kiosk-{number}"));
        let given = scenario(&kiosk, &server.address, code, &clock, (number, &mut dice));
        judge(&given, &placed(server_folder.path(), number + 1), &mut toll);
        let clean = (toll.outside_the_bound, toll.out_of_order, toll.not_exact, toll.wrong_day) == (0, 0, 0, 0);
        assert!(clean, "{toll:?}, kiosk {number}, seed {}", run.seed());
    }
    run.report(format!("{} kiosks, 0 locked out, {toll:?}", run.count));
    assert!(toll.wrong_day_by_the_wall > 0, "the wall clock was never wrong: {toll:?}");
}

async fn codes(server: &Path, count: u64) -> Vec<String> {
    let service = service_on(server);
    let office = quick_office(&service).await;
    let mut codes = Vec::new();
    for _ in 0..count {
        codes.push(service.new_enrolment(office.office, office.counter).await.unwrap());
    }
    codes
}

/// One kiosk's morning. The first three have the clocks of the specification, the others any of them.
fn scenario(
    folder: &Path,
    server: &str,
    code: &str,
    clock: &WallClock,
    (number, dice): (usize, &mut Dice),
) -> Vec<Given> {
    let wrong = [since_1970_s(), -2 * YEAR_S, 10 * YEAR_S];
    let first_s = wrong.get(number).copied().unwrap_or_else(|| wrong_by_s(dice));
    clock.set_wrong_by_s(first_s);
    // The enrolment, too, happens under the wrong clock.
    let kiosk = KioskProgram::begin_under(clock, folder, server, Some(code));
    assert!(kiosk.line().is_some_and(|line| line.starts_with("ready")), "locked out of the enrolment");
    kiosk.quit();
    let mut given = Vec::new();
    // Without a network nobody corrects it, and the jump lies in the middle of what becomes one batch.
    let mut kiosk = KioskProgram::ready_under(clock, folder, NOWHERE);
    rate(&mut kiosk, first_s, dice, &mut given);
    let second_s = wrong_by_s(dice);
    clock.set_wrong_by_s(second_s);
    rate(&mut kiosk, second_s, dice, &mut given);
    kiosk.quit();
    let mut kiosk = KioskProgram::ready_under(clock, folder, server);
    rate(&mut kiosk, second_s, dice, &mut given);
    // Another jump while it talks.
    let third_s = wrong_by_s(dice);
    clock.set_wrong_by_s(third_s);
    rate(&mut kiosk, third_s, dice, &mut given);
    eventually("the server to acknowledge everything", || (kiosk.waiting() == Some(0)).then_some(()));
    kiosk.quit();
    given
}

fn since_1970_s() -> i64 {
    60 - Timestamp::now().as_second()
}

fn wrong_by_s(dice: &mut Dice) -> i64 {
    *dice.pick(&[since_1970_s(), -2 * YEAR_S, 10 * YEAR_S, -36 * 60 * 60, 36 * 60 * 60, 0])
}

fn rate(kiosk: &mut KioskProgram, wrong_by_s: i64, dice: &mut Dice, given: &mut Vec<Given>) {
    for _ in 0..=dice.below(5) {
        let from_ms = Timestamp::now().as_millisecond();
        match kiosk.rate(1 + dice.below(5)) {
            Heard::Stored { id, .. } => {
                given.push(Given { id, from_ms, to_ms: Timestamp::now().as_millisecond(), wrong_by_s });
            }
            other => panic!("a wrong clock is no reason: {other:?}"),
        }
    }
}

fn judge(given: &[Given], placed: &[Placed], toll: &mut Toll) {
    let ids: Vec<EventId> = placed.iter().map(|placed| placed.id).collect();
    assert_eq!(ids, given.iter().map(|given| given.id).collect::<Vec<_>>(), "all arrive, in their order");
    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let mut before_ms = i64::MIN;
    for (given, placed) in given.iter().zip(placed) {
        let told_ms = placed.wall_ms - given.to_ms - given.wrong_by_s * 1_000;
        assert!(told_ms.abs() < NEAR_MS, "the program was not told another time: {told_ms} ms off");
        let is_inside =
            placed.at_ms + placed.bound_ms >= given.from_ms && placed.at_ms - placed.bound_ms <= given.to_ms;
        let days = [given.from_ms, given.to_ms].map(|ms| civil_day(ms, &zone).to_string());
        toll.ratings += 1;
        toll.outside_the_bound += u64::from(!is_inside);
        toll.out_of_order += u64::from(placed.at_ms < before_ms);
        toll.not_exact += u64::from(!placed.is_exact);
        toll.wrong_day += u64::from(!days.contains(&placed.day));
        toll.wrong_day_by_the_wall += u64::from(!days.contains(&civil_day(placed.wall_ms, &zone).to_string()));
        toll.largest_bound_ms = toll.largest_bound_ms.max(placed.bound_ms);
        before_ms = placed.at_ms;
    }
}

/// The ratings of a device, in the order of its chain.
fn placed(server: &Path, device: usize) -> Vec<Placed> {
    let database = Connection::open(server.join("server.db")).unwrap();
    let query = "SELECT r.event_id, occurred_at_ms, bound_ms, time_quality, day, e.body ->> '$.at.wall_ms'
                 FROM rating AS r JOIN event AS e USING (office_id, event_id)
                 WHERE e.device_id = ?1 ORDER BY e.seq";
    let mut statement = database.prepare(query).unwrap();
    let rows = statement.query_map([i64::try_from(device).unwrap()], |row| {
        Ok(Placed {
            id: EventId(Uuid::from_bytes(row.get(0)?)),
            at_ms: row.get(1)?,
            bound_ms: row.get(2)?,
            is_exact: row.get::<_, String>(3)? == "exact",
            day: row.get(4)?,
            wall_ms: row.get(5)?,
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}
