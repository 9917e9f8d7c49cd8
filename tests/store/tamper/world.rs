//! An office with a past: touches, scans, undone ratings, a hole, a second life of a kiosk.

use crate::fixture::{
    Chain, Fixture, Given, code_key, enrol, enrolling, event_id, facts, fixture, late, moment, open, other, parked,
    rated, visit, withheld,
};
use crate::surveys::form;
use jiff::civil::Date;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use suara_loket::domain::clock::{Clock, Moment};
use suara_loket::domain::event::{ChainHash, Health};
use suara_loket::domain::honesty::FlagKind;
use suara_loket::domain::ids::{DeviceId, OfficeId, OfficerId, ServiceId};
use suara_loket::domain::seeded::SplitMix64;
use suara_loket::domain::skm::{SkmAnswer, SkmElement};
use suara_loket::protocol::batch::Hole;
use suara_loket::server::service::{Finding, Service, Summary};
use suara_loket::server::store::{Enrolling, FlagRow, IncomingEvent, Meaning, NewEnrolment, NewSheet, RatingRow};

/// 24 November 2026, in the morning of the office.
const MORNING_MS: i64 = 1_795_485_600_000;
const MINUTE_MS: i64 = 60_000;
const DAY: Date = Date::constant(2026, 11, 24);

/// A source of random numbers.
pub struct Dice(SplitMix64);

impl Dice {
    pub fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(SplitMix64(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0.draw()
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        moment(0, MORNING_MS + 600 * MINUTE_MS)
    }
}

fn service(folder: &Path) -> Service {
    let drawn = AtomicU8::new(0);
    let random = Arc::new(move |bytes: &mut [u8]| bytes.fill(drawn.fetch_add(1, Relaxed)));
    Service::new(open(folder), Arc::new(StandingClock), random, String::new())
}

/// What the auditor finds.
pub async fn verify(folder: &Path, office: OfficeId) -> (Vec<Finding>, Summary) {
    let mut found = Vec::new();
    let summary = service(folder).verify(office, &mut |finding| found.push(finding)).await.unwrap();
    (found, summary)
}

/// The database without any of our code before it.
pub fn raw(folder: &Path) -> Connection {
    Connection::open(folder.join("server.db")).unwrap()
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub office: OfficeId,
    pub devices: [DeviceId; 2],
}

impl World {
    pub async fn new() -> Self {
        let f = fixture().await;
        let second = enrol(&*f.store, f.office, f.counter, 2).await;
        let (mut one, mut two) = (Chain::of(f.device), Chain::with_key(second, 2));
        let office = service(f.folder.path());
        for hour in 0..8i64 {
            for (device, chain) in [(f.device, &mut one), (second, &mut two)] {
                for quarter in 0..4i64 {
                    let now_ms = MORNING_MS + hour * 60 * MINUTE_MS + quarter * 15 * MINUTE_MS;
                    let events = counter(device, f.officers, chain.seq, now_ms);
                    f.store.ingest(chain.batch(events, now_ms)).await.unwrap();
                }
                let scan = facts(device, 5_000 + u32::try_from(hour).unwrap(), 4, Some(f.officers[0]));
                let id = u128::from(device.get()) << 32 | u128::from(hour.unsigned_abs());
                f.store.rate_late(f.office, &late(id, scan, MORNING_MS + hour * 60 * MINUTE_MS)).await.unwrap();
            }
            office.keep_checkpoint(f.office).await.unwrap();
            match hour {
                4 => f.store.release(f.office, MORNING_MS + 300 * MINUTE_MS, DAY).await.map(drop).unwrap(),
                5 => review(&f, &office).await,
                _ => {}
            }
        }
        // What was confirmed leaves the second figure.
        f.store.release(f.office, MORNING_MS + 490 * MINUTE_MS, DAY).await.unwrap();
        assert!(f.store.left_out(f.office).await.unwrap().len() >= 5);
        let now_ms = MORNING_MS + 500 * MINUTE_MS;
        // The first kiosk withholds one event, says something odd, and reports its health.
        let odd = one.event(parked());
        let hidden = one.event(other());
        let delayed = one.event(rated(facts(f.device, 7_000, 3, None), now_ms));
        let health = one.event(Given::at(Meaning::Health(Health::default()), now_ms));
        let again = one.link(odd.id, "{\"conflicting\":1}".to_owned(), other());
        let first_seq = odd.seq;
        let before = ChainHash(head_before(&one, &[&odd, &again], f.folder.path()));
        let link = |head: ChainHash, event: &IncomingEvent| head.next(event.seq, event.id, event.body_hash);
        let before_delayed = link(link(before, &odd), &hidden);
        let batch =
            one.of_events(first_seq, before, vec![odd, withheld(&hidden), withheld(&delayed), health, again], now_ms);
        f.store.ingest(batch).await.unwrap();
        let retry = one.of_events(delayed.seq, before_delayed, vec![delayed], now_ms + MINUTE_MS);
        f.store.ingest(retry).await.unwrap();
        // The second lost a part of its queue.
        two.batch(vec![other(), other(), other()], now_ms);
        let mut after = two.batch(vec![other()], now_ms);
        after.hole = Some(Hole::Lost);
        f.store.ingest(after).await.unwrap();
        second_life(&f, &mut two, now_ms).await;
        survey(&f, &mut one, now_ms).await;
        f.store.ingest(one.batch((0..150).map(|_| other()).collect(), now_ms)).await.unwrap();
        erase_one(f.folder.path());
        office.keep_checkpoint(f.office).await.unwrap();
        drop(office);
        Self { office: f.office, devices: [f.device, second], folder: f.folder }
    }

    /// The same database elsewhere.
    pub fn copy_to(&self, folder: &Path) {
        let target = folder.join("server.db");
        raw(self.folder.path()).execute("VACUUM INTO ?1", [target.to_str().unwrap()]).unwrap();
    }
}

/// A quarter of an hour at a counter.
fn counter(device: DeviceId, officers: [OfficerId; 2], seq: u64, now_ms: i64) -> Vec<Given> {
    let first = u32::try_from(seq).unwrap() + 1;
    let mut given = Vec::new();
    for n in 0..6u32 {
        let officer = officers.get(usize::try_from((first + n) % 3).unwrap()).copied();
        let stars = u8::try_from((first + n) % 5 + 1).unwrap();
        given.push(rated(facts(device, first + n, stars, officer), now_ms - i64::from(6 - n) * MINUTE_MS));
    }
    // The last one of them is taken back, and the visit rated once more.
    let visit = facts(device, first + 5, 1, None).visit;
    let rating = event_id(u128::from(device.get()) << 64 | u128::from(seq + 6));
    given.push(Given::at(Meaning::Undone { visit, rating }, now_ms));
    given.push(rated(facts(device, first + 5, 5, officers.first().copied()), now_ms));
    given.push(Given::at(Meaning::Opened(visit), now_ms));
    given
}

/// Somebody looks at flags: some are abuse, some honest, about some the mind was changed, some are open.
async fn review(f: &Fixture, office: &Service) {
    let mut ratings = f.store.ratings(f.office).await.unwrap();
    ratings.retain(|rating| rating.counted && rating.facts.officer == Some(f.officers[0]));
    ratings.sort_by_key(|rating| rating.id);
    let kinds = [FlagKind::Burst, FlagKind::OffHours, FlagKind::Sameness, FlagKind::Quick];
    for (kind, ratings) in kinds.into_iter().zip(ratings.chunks(7)) {
        let flag = |rating: &RatingRow| FlagRow {
            event: rating.id,
            kind,
            counter: f.counter,
            day: rating.time.day,
            raised_at_ms: rating.received_at_ms,
            score: 7.0,
            numbers: vec![7],
            decision: None,
        };
        f.store.keep_flags(f.office, ratings.iter().map(flag).collect()).await.unwrap();
    }
    for case in office.cases(f.office).await.unwrap() {
        let verdicts = match case.kind {
            FlagKind::Burst => &[true][..],
            FlagKind::OffHours => &[false],
            FlagKind::Sameness => &[true, false],
            _ => &[],
        };
        for abuse in verdicts {
            office.decide(f.office, &case, *abuse, "Kepala Dinas").await.unwrap();
        }
    }
}

/// The head that the server has, before these links were added to the kiosk's chain.
fn head_before(chain: &Chain, links: &[&IncomingEvent], folder: &Path) -> [u8; 32] {
    assert_eq!(chain.seq, links.last().unwrap().seq);
    let sql = "SELECT head_hash FROM device WHERE device_id = ?1";
    raw(folder).query_row(sql, [chain.device.get()], |row| row.get(0)).unwrap()
}

/// Answers at the kiosk, on a page, and on paper.
async fn survey(f: &Fixture, one: &mut Chain, now_ms: i64) {
    let mut given = Vec::new();
    for (n, element) in (6_000..).zip(SkmElement::ALL) {
        let answer = SkmAnswer::ALL[usize::try_from(n % 4).unwrap()];
        given.push(rated(facts(f.device, n, 4, None), now_ms));
        let service = ServiceId::try_from(3).unwrap();
        given.push(Given::at(Meaning::ServiceNamed { visit: visit(f.device, n), service }, now_ms));
        given.push(Given::at(Meaning::Answered { visit: visit(f.device, n), element, answer }, now_ms));
    }
    f.store.ingest(one.batch(given, now_ms)).await.unwrap();
    for n in 6_000..6_004 {
        assert!(f.store.add_form(f.office, &form(n.into(), Some(visit(f.device, n)), DAY, 3)).await.unwrap());
    }
    let forms = (7_000..7_005).map(|n| form(n, None, DAY, 4)).collect();
    let sheet = NewSheet { file_hash: [7; 32], at_ms: now_ms, again: false, forms };
    f.store.add_sheet(f.office, sheet).await.unwrap();
}

/// The second kiosk is enrolled anew, and sends some of its events again.
async fn second_life(f: &Fixture, old: &mut Chain, now_ms: i64) {
    let new = NewEnrolment { code: code_key(3), office: f.office, counter: f.counter, now_ms: 0, expires_at_ms: 1_000 };
    f.store.add_enrolment(&new).await.unwrap();
    let known = old.event(rated(facts(old.device, 9_000, 2, None), now_ms));
    let hidden = old.event(rated(facts(old.device, 9_002, 4, None), now_ms));
    let unsent = old.event(rated(facts(old.device, 9_001, 3, None), now_ms));
    let before = ChainHash(head_before(old, &[&unsent], f.folder.path()));
    let first = old.of_events(known.seq, before, vec![known.clone(), withheld(&hidden)], now_ms);
    f.store.ingest(first).await.unwrap();
    let moved = Enrolling { first_seq: known.seq, ..enrolling(3, 0) };
    let device = f.store.enrol(&moved).await.unwrap().unwrap().device;
    let mut chain = Chain::with_key(device, 3);
    chain.seq = known.seq - 1;
    let again = [known, hidden, unsent].map(|event| {
        let given = Given::at(event.meaning.clone(), now_ms);
        chain.link(event.id, event.body.unwrap(), given)
    });
    let batch = chain.of_events(moved.first_seq, ChainHash::START, again.to_vec(), now_ms);
    f.store.ingest(batch).await.unwrap();
}

/// The content of one event was erased, as its time of keeping was over.
fn erase_one(folder: &Path) {
    let sql = "UPDATE event SET body = NULL, erased_at_ms = 1 WHERE device_id = 1 AND seq = 3";
    assert_eq!(raw(folder).execute(sql, []).unwrap(), 1);
}
