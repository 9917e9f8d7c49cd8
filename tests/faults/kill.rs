//! `kill -9` at any moment loses nothing that was acknowledged and doubles nothing.
//!
//! Target: 2,000 kills of the kiosk and of the server, also while they talk, and while a database is
//! being brought to a new schema: 0 lost, 0 doubled, a start within two seconds. A kill cannot
//! see a missing sync, since the page cache outlives the process; the power cuts do.

use crate::lab::kiosk::{Heard, KioskProgram, NOWHERE, enrolled};
use crate::lab::server::ServerProgram;
use crate::lab::{Dice, Run, fast_folder, queue};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use suara_loket::domain::ids::EventId;

/// What the specification allows a start to take; seldom more than a few hundredths are needed.
const LONGEST_START: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_kiosk_keeps_every_thanked_rating() {
    let run = Run::begin("kill -9, kiosk", 25, 1_000);
    let mut dice = run.dice();
    let (folder, server) = (fast_folder(), fast_folder());
    enrolled(folder.path(), server.path()).await;
    let (mut thanked, mut starts) = (BTreeSet::new(), Vec::new());
    for _ in 0..run.count {
        let begun = Instant::now();
        let kiosk = KioskProgram::start(folder.path(), NOWHERE);
        starts.push(begun.elapsed());
        thanked.extend(rate_until_killed(kiosk, &mut dice));
    }
    let (present, sound) = queue::events(folder.path());
    let lost = thanked.difference(&present).count();
    starts.sort();
    // The longest says more about what else the machine does.
    let (usual, longest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    let kills = run.count;
    run.report(format!(
        "{kills} kills, {} thanked, {lost} lost, start {usual:.0?}, at most {longest:.0?}",
        thanked.len()
    ));
    assert_eq!((lost, sound), (0, true));
    assert!(usual < LONGEST_START, "{usual:?}");
}

/// The control of the counting: a rating that was thanked for and then removed is seen as lost.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_removed_rating_is_missed() {
    let (folder, server) = (fast_folder(), fast_folder());
    enrolled(folder.path(), server.path()).await;
    let mut kiosk = KioskProgram::start(folder.path(), NOWHERE);
    let Heard::Stored { id, .. } = kiosk.rate(5) else { panic!("not stored") };
    kiosk.kill();
    let database = Connection::open(folder.path().join("kiosk.db")).unwrap();
    database.execute("DELETE FROM outbox WHERE event_id = ?1", [id.0.as_bytes()]).unwrap();
    drop(database);
    assert!(!queue::events(folder.path()).0.contains(&id));
}

/// Kiosk and server are killed in turn while they talk; in the end the server holds every event of
/// the kiosk once, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn kiosk_and_server_killed_while_they_talk_agree_in_the_end() {
    let run = Run::begin("kill -9, kiosk and server in mid-sync", 12, 700);
    let mut dice = run.dice();
    let (folder, server_folder) = (fast_folder(), fast_folder());
    enrolled(folder.path(), server_folder.path()).await;
    let mut server = ServerProgram::start(server_folder.path());
    let listen = server.address.trim_start_matches("http://").to_owned();
    let mut thanked = BTreeSet::new();
    for _ in 0..run.count {
        let kiosk = KioskProgram::start(folder.path(), &server.address);
        if dice.percent(40) {
            let kill_server_after = Duration::from_micros(dice.below(30_000));
            let killer = std::thread::spawn(move || {
                std::thread::sleep(kill_server_after);
                drop(server);
            });
            thanked.extend(rate_until_killed(kiosk, &mut dice));
            killer.join().unwrap();
            server = ServerProgram::start_at(server_folder.path(), &listen);
        } else {
            thanked.extend(rate_until_killed(kiosk, &mut dice));
        }
    }
    drain(folder.path(), &server.address);
    drop(server);
    let (queued, _) = queue::events(folder.path());
    let (lost, missing, extra) = compare(&thanked, &queued, server_folder.path());
    run.report(format!(
        "{} kills, {} thanked, {} events, {lost} lost, {missing} not at the server, {extra} doubled or foreign",
        run.count,
        thanked.len(),
        queued.len()
    ));
    assert_eq!((lost, missing, extra), (0, 0, 0));
}

/// Rates as fast as it goes and kills at any microsecond; returns what was thanked for.
fn rate_until_killed(mut kiosk: KioskProgram, dice: &mut Dice) -> Vec<EventId> {
    for _ in 0..40 {
        kiosk.say(&format!("rate {}", 1 + dice.below(5)));
    }
    std::thread::sleep(Duration::from_micros(dice.below(40_000)));
    kiosk.kill().iter().filter_map(Heard::id).collect()
}

/// Lets the kiosk send everything.
fn drain(folder: &Path, server: &str) {
    let mut kiosk = KioskProgram::start(folder, server);
    crate::support::eventually("an empty queue", || (kiosk.waiting() == Some(0)).then_some(()));
    kiosk.quit();
}

/// Thanked but not queued; queued but not at the server; at the server more than once, or from nowhere.
fn compare(thanked: &BTreeSet<EventId>, queued: &BTreeSet<EventId>, server_folder: &Path) -> (usize, usize, usize) {
    let database = Connection::open(server_folder.join("server.db")).unwrap();
    let arrived = queue::ids(&database, "SELECT event_id FROM event");
    // One kiosk, every rating of a visit of its own: what counts is as many as the visits.
    let count = "SELECT count(*) - count(DISTINCT visit_serial) FROM rating";
    let doubled: u32 = database.query_row(count, [], |row| row.get(0)).unwrap();
    let foreign = arrived.difference(queued).count();
    (thanked.difference(queued).count(), queued.difference(&arrived).count(), foreign + doubled as usize)
}
