//! Somebody changes what the server holds of a kiosk: the kiosk itself finds it and says so.
//!
//! A real queue with ratings, QR codes, answers by phone and ratings taken back is acknowledged by a
//! real server; then one row of this kiosk is changed in the server's database, and the kiosk goes on
//! for the days that its audit needs for a whole tour. Target: 1,000 of 1,000 changes are named. The
//! control is the same without a change: nothing is named. `mutants` breaks the audit.
//! An end of the chain that is cut off together with its cursor is named and mended: the kiosk sends it
//! again, as it does after a restore.
//!
//! What a kiosk cannot see by design, and `suara-loket verify` and other kiosks can: rows of other
//! kiosks and of the server itself, unless this kiosk had witnessed the ledger with them; so also an
//! answer by phone to a visit whose code was shown, and which of touch and phone came first; what
//! is said to come from a copy of this kiosk, which may have given the same visit's number; ratings of
//! visits that the kiosk does not know; rows that the kiosk pruned after 35 days; roll-ups and
//! releases; when a rating is placed, since the server works that out, and does so again when it knows
//! more; signatures kept beside the chain; names, and who may do what.

use crate::lab::forger::{Expected, Forger, KINDS};
use crate::lab::world::{DAY_MS, MINUTE_MS, Place, World};
use crate::lab::{Dice, Run, in_parallel};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use suara_loket::domain::clock::Moment;
use suara_loket::domain::event::{BODY_VERSION, EventBody, Salt, Signals, What};
use suara_loket::domain::ids::{EventId, OfficerId, VisitId, VisitSerial};
use suara_loket::domain::stars::{Channel, Stars};
use suara_loket::kiosk::outbox::Stored;
use suara_loket::kiosk::session::Draft;
use suara_loket::kiosk::sync::Outcome;
use suara_loket::server::store::{LateEvent, LateRating, RatingFacts};
use uuid::Uuid;

/// A stretch of 200 places a day, which overlaps the one before by 50.
const NEW_PLACES_A_DAY: u64 = 150;

/// What came of one kind of change.
#[derive(Clone, Copy, Debug, Default)]
struct Toll {
    made: u64,
    named: u64,
}

#[test]
fn a_kiosk_names_every_change_of_its_rows() {
    let run = Run::begin("tampering, seen by the kiosk", 25, 1_000);
    let tolls = Mutex::new(BTreeMap::<&str, Toll>::new());
    in_parallel(run.count, |number| {
        let seed = run.seed() + number;
        let (what, is_named, told) = block_on(forged(seed, number));
        let mut tolls = tolls.lock().unwrap();
        let toll = tolls.entry(what).or_default();
        toll.made += 1;
        toll.named += u64::from(is_named);
        drop(tolls);
        assert!(is_named, "{what}, case {number} of seed {}: {told:?}", run.seed());
    });
    let tolls = tolls.into_inner().unwrap();
    let (made, named) = tolls.values().fold((0, 0), |(made, named), toll| (made + toll.made, named + toll.named));
    let kinds: Vec<String> = tolls.iter().map(|(what, toll)| format!("{what} {}/{}", toll.named, toll.made)).collect();
    run.report(format!("{made} changes of {} kinds, {named} named: {}", kinds.len(), kinds.join(", ")));
    assert_eq!(named, made);
}

#[test]
fn without_a_change_a_kiosk_names_nothing() {
    let run = Run::begin("tampering, control: none", 10, 1_000);
    in_parallel(run.count, |number| {
        let seed = run.seed() + number;
        let told = block_on(async {
            let mut scene = Scene::new(seed).await;
            scene.go_on().await
        });
        assert!(told.is_empty(), "a false alarm, case {number} of seed {}: {told:?}", run.seed());
    });
    run.report(format!("{} kiosks, 0 alarms", run.count));
}

/// What a server lacks, the kiosk sends again, and says so.
#[test]
fn an_end_that_was_cut_off_is_sent_again() {
    let run = Run::begin("tampering, end of the chain cut off", 5, 200);
    let sum = Mutex::new(0);
    in_parallel(run.count, |number| {
        let seed = run.seed() + number;
        block_on(async {
            let mut scene = Scene::new(seed).await;
            let before = scene.world.archive().ratings();
            let archive = scene.world.archive();
            let cut = scene.forger(archive.database()).cut_chain();
            let told = scene.go_on().await;
            let place = format!("case {number} of seed {}", run.seed());
            // After the last event there is nothing to cut off.
            let is_told = told.iter().any(|sentence| sentence.contains(&format!("lost {cut} events")));
            assert_eq!(is_told, cut > 0, "{cut} cut off, {place}: {told:?}");
            let (events, kept) = (scene.world.places[0].station.events(), scene.world.archive());
            assert_eq!(kept.missing(&events), [], "{place}");
            assert!(before.is_subset(&kept.ratings()), "{place}");
            let rated = scene.world.archive().number("SELECT count(*) FROM rating WHERE channel = 'kiosk'");
            assert_eq!(rated, kept.ratings().len() as u64, "{place}");
            *sum.lock().unwrap() += cut;
        });
    });
    run.report(format!("{} ends, {} events, all told and sent again", run.count, sum.into_inner().unwrap()));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// One change; returns its kind, whether it was named as it should be, and all that was said.
async fn forged(seed: u64, number: u64) -> (&'static str, bool, BTreeSet<String>) {
    let mut scene = Scene::new(seed).await;
    let (what, forge) = KINDS[usize::try_from(number).unwrap() % KINDS.len()];
    let archive = scene.world.archive();
    let expected = forge(&mut scene.forger(archive.database()));
    let told = scene.go_on().await;
    let is_named = told.iter().any(|sentence| names(sentence, &expected));
    (what, is_named, told)
}

/// Whether a sentence is about what was changed.
fn names(sentence: &str, expected: &Expected) -> bool {
    match expected {
        Expected::Places(places) => places.iter().any(|seq| sentence.contains(&format!("event {seq} "))),
        Expected::Ledger => sentence.contains("ledger"),
        Expected::Fork => sentence.starts_with("fork: "),
    }
}

/// An office with two kiosks, the first of which is watched.
struct Scene {
    world: World,
    dice: Dice,
    late: u128,
}

impl Scene {
    /// Everything that happened so far is acknowledged, and was compared once.
    async fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let world = World::new(2, 0, dice.split()).await;
        let mut scene = Self { world, dice, late: 0 };
        scene.hire_officers();
        for _ in 0..15 + scene.dice.below(300) {
            scene.world.time.pass(1 + scene.dice.ms(5 * MINUTE_MS));
            scene.resident().await;
            if scene.dice.percent(20) {
                scene.world.places[1].tap();
            }
            if scene.dice.percent(5) {
                scene.world.settle(3).await;
            }
        }
        scene.world.settle(3).await;
        let told = said(&scene.world.places[0]);
        assert!(told.is_empty(), "nothing was changed yet: {told:?}");
        scene
    }

    fn forger<'a>(&mut self, db: &'a Connection) -> Forger<'a> {
        let [device, other] = [0, 1].map(|place| self.world.places[place].station.enrolment.device.get());
        Forger { db, office: self.world.office.0, device, other, dice: self.dice.split() }
    }

    fn hire_officers(&self) {
        for officer in 1..=2 {
            let sql = "INSERT INTO officer VALUES (?1, ?2, 'Petugas', 'petugas' || ?2, '', '', '')";
            let office = self.world.office.0.get();
            self.world.archive().database().execute(sql, [office, officer]).unwrap();
        }
    }

    /// One visit: mostly a touch, now and then a code, an answer by phone, or second thoughts.
    async fn resident(&mut self) {
        match self.dice.below(20) {
            0 => drop(self.open()),
            1 => {
                let visit = self.open();
                self.rate(Some(visit));
            }
            2 => {
                let visit = self.open();
                self.answer_by_phone(visit).await;
                if self.dice.percent(50) {
                    self.rate(Some(visit));
                }
            }
            3 => {
                let visit = self.open();
                self.rate(Some(visit));
                self.world.settle(3).await;
                self.answer_by_phone(visit).await;
            }
            4 | 5 => {
                let first = self.rate(None);
                let visit = first.visit.expect("a visit");
                self.record(Draft::Undone { visit, rating: first.id });
                if self.dice.percent(70) {
                    self.rate(Some(visit));
                }
            }
            _ => drop(self.rate(None)),
        }
    }

    fn record(&mut self, draft: Draft) -> Stored {
        self.world.places[0].station.record(draft).expect("a disk with room")
    }

    fn open(&mut self) -> VisitSerial {
        self.record(Draft::VisitOpened { officer: None, service: None }).visit.expect("a visit")
    }

    fn rate(&mut self, visit: Option<VisitSerial>) -> Stored {
        let stars = *self.dice.pick(&Stars::ALL);
        let officer = *self.dice.pick(&[None, Some(1), Some(2)]);
        let officer = officer.map(|number| OfficerId::try_from(number).unwrap());
        self.record(Draft::Rated { visit, stars, officer, service: None, signals: Signals::default() })
    }

    async fn answer_by_phone(&mut self, serial: VisitSerial) {
        self.late += 1;
        let (stars, at_ms) = (*self.dice.pick(&Stars::ALL), self.world.time.now_ms());
        let device = self.world.places[0].station.enrolment.device;
        let channel = Channel::Qr;
        let facts = RatingFacts { visit: VisitId { device, serial }, stars, channel, officer: None, service: None };
        let what = What::RatedLater { visit: serial, stars, officer: None, service: None, channel };
        let at = Moment { boot_id: Uuid::nil(), boot_ms: 0, wall_ms: at_ms };
        let salt = Salt(self.late.to_be_bytes());
        let body = EventBody { v: BODY_VERSION, salt, device: Some(device), at, what };
        let body = serde_json::to_string(&body).unwrap();
        let late = LateEvent { id: EventId(Uuid::from_u128(self.late)), body, facts, at_ms };
        let service = self.world.service();
        let taken = service.store().rate_late(self.world.office.0, &late).await.unwrap();
        assert!(matches!(taken, LateRating::Counted | LateRating::AlreadyRated));
    }

    /// Goes on for as many days as a whole tour of the audit takes; returns all that the kiosk says.
    async fn go_on(&mut self) -> BTreeSet<String> {
        let events = self.world.places[0].station.events().len() as u64;
        let mut told = BTreeSet::new();
        for _ in 0..=events.div_ceil(NEW_PLACES_A_DAY) {
            self.world.time.pass(DAY_MS);
            for _ in 0..self.dice.below(3) {
                self.world.places[0].tap();
            }
            if self.dice.percent(50) {
                self.world.places[1].tap();
                self.world.places[1].round().await;
            }
            let outcome = self.world.places[0].round().await;
            told.extend(said(&self.world.places[0]));
            assert!(outcome == Outcome::Done || !told.is_empty(), "{outcome:?}, and nothing is said");
        }
        told
    }
}

/// What the technician reads of this kiosk, and what it keeps as evidence of.
fn said(place: &Place) -> BTreeSet<String> {
    let outbox = &place.station.outbox;
    let notes = outbox.notes().unwrap().into_iter();
    let notes = notes.filter(|(key, _)| ["audit", "ledger", "restored", "synchronisation"].contains(&key.as_str()));
    let evidence = outbox.evidence().unwrap().into_iter().filter(|(kind, _)| kind == "fork");
    notes.chain(evidence).map(|(key, text)| format!("{key}: {text}")).collect()
}
