//! Law 5 over kiosks that release alone: two kiosks, one officer who looks at both of them and at the web
//! whenever they like, and a network that is away for hours or days, loses answers and delivers late. Residents
//! take ratings back, rate on their phones and say why. No two looks differ by one to four ratings.
//!
//! Target: 2,000 seeds. The mutants are a server that does not wait for what a kiosk may have released, and
//! kiosks that take what they sent for untold.

use crate::lab::station::Station;
use crate::lab::world::{DAY_MS, MINUTE_MS, Place, Wire, World};
use crate::lab::{Dice, Run, in_parallel};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use suara_loket::domain::clock::civil_day;
use suara_loket::domain::day_card::DayCard;
use suara_loket::domain::event::{EventBody, ReasonCode, Signals, What};
use suara_loket::domain::ids::{DeviceId, EventId, OfficeId, OfficerId, VisitId, VisitSerial};
use suara_loket::domain::release::FEWEST_NEW_RATINGS;
use suara_loket::domain::stars::{Channel, Stars};
use suara_loket::kiosk::configuration::Configuration;
use suara_loket::kiosk::outbox::Stored;
use suara_loket::kiosk::own_day::{self, Circumstances};
use suara_loket::kiosk::own_settings::OwnSettings;
use suara_loket::kiosk::session::Draft;
use suara_loket::kiosk::sync::{CallError, Syncer};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::batch::Batch;
use suara_loket::protocol::enrol::read_key;
use suara_loket::protocol::signing::{SignedReply, SignedRequest};
use suara_loket::server::service::{DoneSlots, Service};
use suara_loket::server::store::{LateEvent, NewOfficer, RatingFacts};
use uuid::Uuid;

const STEPS: u64 = 140;
/// Of a hundred calls so many are disturbed.
const TROUBLE: u64 = 25;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mutant {
    None,
    ImpatientServer,
    ForgetfulKiosks,
}

/// What an officer saw: the visits behind each figure, by its day or its reason.
type Seen = BTreeMap<String, BTreeSet<VisitId>>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcome {
    looks: usize,
    alone: usize,
    told_apart: usize,
    torn: usize,
}

#[test]
fn no_two_looks_tell_one_rating_whoever_released_it() {
    let run = Run::begin("releases alone", 12, 2_000);
    let first = run.seed();
    let sum = Mutex::new(Outcome::default());
    in_parallel(run.count, |number| {
        let seed = first + number;
        let outcome = one_officer(seed, Mutant::None);
        assert_eq!(
            (outcome.told_apart, outcome.torn),
            (0, 0),
            "try again with SUARA_FAULTS_SEED={seed} SUARA_FAULTS_COUNT=1"
        );
        let mut sum = sum.lock().unwrap();
        (sum.looks, sum.alone) = (sum.looks + outcome.looks, sum.alone + outcome.alone);
    });
    let sum = *sum.lock().unwrap();
    run.report(format!("{} seeds, {} releases alone, {} looks, 0 told apart", run.count, sum.alone, sum.looks));
    assert!(run.count < 10 || sum.alone as u64 >= run.count, "hardly anything was released alone: {sum:?}");
}

#[test]
fn mutant_a_server_that_does_not_wait_is_found_out() {
    is_found_out("releases alone, mutant server does not wait", Mutant::ImpatientServer);
}

#[test]
fn mutant_kiosks_that_release_what_they_sent_are_found_out() {
    is_found_out("releases alone, mutant kiosks release what they sent", Mutant::ForgetfulKiosks);
}

fn is_found_out(name: &'static str, mutant: Mutant) {
    let run = Run::begin(name, 1, 1);
    let is_bad = |outcome: Outcome| outcome.told_apart + outcome.torn > 0;
    let found = (0..60).find(|number| is_bad(one_officer(run.seed() + number, mutant)));

    run.report(format!("found out with seed {found:?} of 60"));
    assert!(found.is_some(), "the laboratory does not see single ratings");
}

/// The server of now, and where its data lie.
type Server = Arc<Mutex<(Arc<Service>, PathBuf)>>;

/// The wire, and what the server had released when it told cards last.
#[derive(Clone)]
struct Watched {
    dice: Arc<Mutex<Dice>>,
    wire: Wire,
    server: Server,
    told: Arc<Mutex<Seen>>,
    officer: (OfficeId, OfficerId),
    visits: Arc<Mutex<BTreeMap<EventId, VisitId>>>,
}

impl EvaluationServer for Watched {
    type Error = CallError;

    /// Batches end anywhere, and so does the network.
    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        let (most_events, ends, refuses) = {
            let mut dice = self.dice.lock().unwrap();
            (1 + dice.index(8), dice.percent(25), dice.percent(30))
        };
        match events_in(request).as_slice() {
            // From then on the kiosk withholds it, and tries again every day.
            [one] if refuses && one.contains(r#""kind":"rated""#) => return Err(too_large()),
            events if events.len() > most_events => return Err(too_large()),
            _ => {}
        }
        let reply = self.wire.call(request).await?;
        if ends {
            self.wire.weather.lock().unwrap().cut_off = true;
        }
        if request.path.ends_with("/cards") {
            let (service, folder) = self.server.lock().unwrap().clone();
            let visits = self.visits.lock().unwrap().clone();
            *self.told.lock().unwrap() = released(&service, self.officer, &folder, &visits).await;
        }
        Ok(reply)
    }
}

fn too_large() -> CallError {
    CallError::TooLarge("only a little at a time".to_owned())
}

/// The bodies of the events in a batch.
fn events_in(request: &SignedRequest) -> Vec<String> {
    let batch = serde_json::from_slice::<Batch>(&request.body);
    let events = batch.map(|batch| batch.events).unwrap_or_default();
    events.into_iter().map(|event| event.body.map(|body| body.get().to_owned()).unwrap_or_default()).collect()
}

/// What the server has released of an officer.
async fn released(
    service: &Service,
    (office, officer): (OfficeId, OfficerId),
    folder: &Path,
    visits: &BTreeMap<EventId, VisitId>,
) -> Seen {
    let mut seen = Seen::new();
    for rating in service.store().released(office, officer).await.unwrap() {
        seen.entry(rating.day.to_string()).or_default().insert(visits[&rating.event]);
    }
    let database = Connection::open(folder.join("server.db")).unwrap();
    let taken_over = "SELECT day, body FROM release JOIN event ON event_id = kiosk_event_id AND repeats IS NULL";
    let mut statement = database.prepare(taken_over).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        // All of it, even where the bytes of a rating are not there yet.
        let (day, body): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
        seen.entry(day).or_default().extend(read(&body).released());
    }
    let mut reasons =
        database.prepare("SELECT code, device_id, visit_serial FROM reason WHERE release_no IS NOT NULL").unwrap();
    let mut rows = reasons.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let number = |column: usize| row.get::<_, u32>(column).unwrap();
        let visit = VisitId { device: number(1).try_into().unwrap(), serial: number(2).try_into().unwrap() };
        seen.entry(row.get(0).unwrap()).or_default().insert(visit);
    }
    seen
}

/// A release as a kiosk recorded it.
fn read(body: &str) -> Own {
    let EventBody { device, what, .. } = serde_json::from_str(body).unwrap();
    Own { device: device.unwrap(), what }
}

/// An event of a kiosk.
struct Own {
    device: DeviceId,
    what: What,
}

impl Own {
    fn visit(&self, serial: VisitSerial) -> VisitId {
        VisitId { device: self.device, serial }
    }

    /// The visits that it released.
    fn released(&self) -> BTreeSet<VisitId> {
        match &self.what {
            What::Released(release) => release.visits.iter().map(|serial| self.visit(*serial)).collect(),
            _ => BTreeSet::new(),
        }
    }
}

struct Game {
    world: World,
    dice: Dice,
    watched: Vec<Watched>,
    syncers: Vec<Option<Syncer<Watched>>>,
    server: Server,
    officer: (OfficeId, OfficerId),
    visits: Arc<Mutex<BTreeMap<EventId, VisitId>>>,
    /// Visits whose code a phone may have seen.
    opened: Vec<VisitId>,
    looks: Vec<Seen>,
    mutant: Mutant,
}

fn one_officer(seed: u64, mutant: Mutant) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut game = Game::begin(Dice::new(seed), mutant).await;
        for _ in 0..STEPS {
            game.step().await;
        }
        game.outcome()
    })
}

impl Game {
    async fn begin(dice: Dice, mutant: Mutant) -> Self {
        let mut world = World::new(2, TROUBLE, dice).await;
        let office = world.office.0;
        let new = NewOfficer {
            name: "Rani".to_owned(),
            login: "rani".to_owned(),
            pin_hash: "p".to_owned(),
            password_hash: "w".to_owned(),
            portrait_svg: "<svg/>".to_owned(),
        };
        let officer = (office, world.service().store().add_officer(office, &new).await.unwrap());
        let (server, visits) = (Arc::new(Mutex::new((world.service(), world.server_folder()))), Arc::default());
        let mut dice = world.dice.split();
        let watched = world.places.iter().map(|place| Watched {
            dice: Arc::new(Mutex::new(dice.split())),
            wire: place.wire.clone(),
            server: Arc::clone(&server),
            told: Arc::default(),
            officer,
            visits: Arc::clone(&visits),
        });
        let watched = watched.collect();
        let (syncers, opened) = (vec![None, None], Vec::new());
        let mut game =
            Self { world, dice, watched, syncers, server, officer, visits, opened, looks: Vec::new(), mutant };
        for number in 0..2 {
            game.round(number).await;
        }
        game
    }

    async fn step(&mut self) {
        self.world.time.pass(1 + self.dice.ms(80 * MINUTE_MS));
        let number = self.dice.index(2);
        match self.dice.below(100) {
            0..36 => {
                for _ in 0..=self.dice.below(5) {
                    self.visit(number);
                }
            }
            36..40 => self.rate_on_a_phone().await,
            40..56 => self.round(number).await,
            56..66 => self.release().await,
            66..82 => self.look_at_kiosk(number),
            82..88 => self.look_at_web().await,
            88..90 => self.crash(number),
            90..92 => self.reboot(number),
            92 => {
                self.world.crash_server();
                *self.server.lock().unwrap() = (self.world.service(), self.world.server_folder());
            }
            _ => {
                let mut weather = self.world.places[number].wire.weather.lock().unwrap();
                weather.cut_off = !weather.cut_off;
            }
        }
        self.apply_mutant(number);
    }

    fn place(&self, number: usize) -> &Place {
        &self.world.places[number]
    }

    fn station(&self, number: usize) -> &Station {
        &self.place(number).station
    }

    /// A resident is served: rates, perhaps with a shown code, perhaps thinks better of it, perhaps says why.
    fn visit(&mut self, number: usize) {
        let opened = self.dice.percent(15).then(|| {
            let draft = Draft::VisitOpened { officer: Some(self.officer.1), service: None };
            let visit = self.station(number).record(draft).unwrap().visit.unwrap();
            self.opened.push(VisitId { device: self.device(number), serial: visit });
            visit
        });
        let rated = self.rate(number, opened);
        let visit = rated.visit.unwrap();
        if self.dice.percent(10) {
            self.station(number).record(Draft::Undone { visit, rating: rated.id }).unwrap();
            if self.dice.percent(50) {
                self.rate(number, Some(visit));
            }
        }
        if self.dice.percent(60) {
            let reasons = ["ramah", "jelas", "lama"].into_iter().filter(|_| self.dice.percent(50));
            let reasons = reasons.map(|code| ReasonCode::try_from(code.to_owned()).unwrap()).collect();
            self.station(number).record(Draft::Reasoned { visit, reasons }).unwrap();
        }
    }

    fn rate(&mut self, number: usize, visit: Option<VisitSerial>) -> Stored {
        let (stars, officer) = (*self.dice.pick(&Stars::ALL), Some(self.officer.1));
        let draft = Draft::Rated { visit, stars, officer, service: None, signals: Signals::default() };
        let stored = self.station(number).record(draft).unwrap();
        let visit = VisitId { device: self.device(number), serial: stored.visit.unwrap() };
        self.visits.lock().unwrap().insert(stored.id, visit);
        stored
    }

    async fn rate_on_a_phone(&mut self) {
        let Some(visit) = self.opened.pop() else { return };
        let id = EventId(Uuid::from_u128(u128::from(self.dice.next()) << 64));
        let officer = Some(self.officer.1);
        let facts =
            RatingFacts { visit, stars: *self.dice.pick(&Stars::ALL), channel: Channel::Qr, officer, service: None };
        let late = LateEvent { id, body: "{}".to_owned(), facts, at_ms: self.world.time.now_ms() };
        self.visits.lock().unwrap().insert(id, visit);
        self.world.service().store().rate_late(self.officer.0, &late).await.unwrap();
    }

    async fn round(&mut self, number: usize) {
        let watched = self.watched[number].clone();
        if self.syncers[number].is_none() {
            self.syncers[number] = Some(self.world.places[number].station.syncer(watched));
        }
        self.syncers[number].as_mut().unwrap().round(&|_| {}).await;
    }

    async fn release(&self) {
        self.world.service().release_due(&mut DoneSlots::new()).await.unwrap();
    }

    fn crash(&mut self, number: usize) {
        self.syncers[number] = None;
        self.world.places[number].crash();
    }

    fn reboot(&mut self, number: usize) {
        self.syncers[number] = None;
        let wall_error_ms = self.dice.ms(4 * DAY_MS) - 2 * DAY_MS;
        self.world.places[number].reboot(wall_error_ms);
    }

    fn device(&self, number: usize) -> DeviceId {
        self.station(number).enrolment.device
    }

    async fn look_at_web(&mut self) {
        let service = self.world.service();
        let card = service.day_card(self.officer.0, self.officer.1).await.unwrap();
        let visits = self.visits.lock().unwrap().clone();
        let behind = released(&service, self.officer, &self.world.server_folder(), &visits).await;
        self.note(&card, behind);
    }

    fn look_at_kiosk(&mut self, number: usize) {
        let station = self.station(number);
        let kept = station.outbox.bundles().unwrap();
        let key = read_key(&station.enrolment.server_key).unwrap();
        let (Some(configuration), _) = Configuration::of_kept(&kept, &key, &OwnSettings::default()) else { return };
        let roster = configuration.roster.clone();
        let (anchor, now) = (station.outbox.latest_anchor().unwrap(), station.clock.now());
        let at = Circumstances { device: self.device(number), roster, anchor, now };
        let card = own_day::card(&station.outbox, self.officer.1, &at).unwrap();
        let mut behind = self.watched[number].told.lock().unwrap().clone();
        let told: BTreeSet<VisitId> = behind.values().flatten().copied().collect();
        for (_, own) in self.own_releases(number) {
            // What the server took over is in its card already; a clock that went back hides what comes later.
            let is_new = own.values().flatten().any(|visit| !told.contains(visit));
            if is_new && card.week.iter().any(|of_day| own.contains_key(&of_day.day.to_string())) {
                for (figure, visits) in own {
                    behind.entry(figure).or_default().extend(visits);
                }
            }
        }
        self.note(&card, behind);
    }

    /// What a kiosk released alone, by its own day.
    fn own_releases(&self, number: usize) -> Vec<(EventId, Seen)> {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let events = self.station(number).outbox.events_from(0, 100_000).unwrap();
        let (mut reasons, mut releases) = (BTreeMap::new(), Vec::new());
        for event in events {
            let own = read(&event.body);
            match &own.what {
                What::Reasoned { visit, reasons: codes } => drop(reasons.insert(own.visit(*visit), codes.clone())),
                What::Released(release) => {
                    let day = civil_day(release.at_ms, &zone).to_string();
                    let mut seen = Seen::from([(day, own.released())]);
                    for theme in &release.themes {
                        let has = |visit: &VisitId| reasons.get(visit).is_some_and(|it| it.contains(&theme.code));
                        seen.insert(theme.code.to_string(), own.released().into_iter().filter(has).collect());
                    }
                    releases.push((event.id, seen));
                }
                _ => {}
            }
        }
        releases
    }

    /// Releases of kiosks of which the server released a part otherwise.
    fn torn(&self) -> usize {
        let database = Connection::open(self.world.server_folder().join("server.db")).unwrap();
        let mut statement = database
            .prepare(
                "SELECT device_id, visit_serial, kiosk_event_id FROM rating
                 JOIN release USING (office_id, officer_id, release_no)",
            )
            .unwrap();
        let found = statement.query_map([], |row| {
            let (device, serial): (u32, u32) = (row.get(0)?, row.get(1)?);
            let visit = VisitId { device: device.try_into().unwrap(), serial: serial.try_into().unwrap() };
            Ok((visit, row.get::<_, Option<[u8; 16]>>(2)?.map(|id| EventId(Uuid::from_bytes(id)))))
        });
        let by_server: BTreeMap<VisitId, Option<EventId>> = found.unwrap().map(Result::unwrap).collect();
        let is_torn = |(id, seen): &(EventId, Seen)| {
            seen.values().flatten().any(|visit| by_server.get(visit).is_some_and(|release| *release != Some(*id)))
        };
        (0..2).flat_map(|number| self.own_releases(number)).filter(is_torn).count()
    }

    /// Keeps a look; its figures are those of the visits behind them.
    fn note(&mut self, card: &DayCard, mut behind: Seen) {
        let days = card.week.iter().map(|of_day| (of_day.day.to_string(), of_day.spread.count()));
        let named = card.themes.iter().map(|theme| (theme.code.to_string(), theme.count));
        let shown: BTreeMap<String, u32> = days.chain(named).collect();
        behind.retain(|figure, _| shown.contains_key(figure));
        if self.mutant == Mutant::None {
            let counted = behind.iter().map(|(figure, visits)| (figure.clone(), u32::try_from(visits.len()).unwrap()));
            assert_eq!(shown, counted.collect(), "the card shows other ratings");
            let today = card.week.iter().find(|of_day| of_day.day == card.day);
            assert_eq!(today.map(|of_day| of_day.spread).unwrap_or_default(), card.spread);
        }
        self.looks.push(behind);
    }

    fn apply_mutant(&self, number: usize) {
        match self.mutant {
            Mutant::None => {}
            Mutant::ImpatientServer => {
                let server = Connection::open(self.world.server_folder().join("server.db")).unwrap();
                server.execute("UPDATE rating SET held_by = NULL", []).unwrap();
            }
            Mutant::ForgetfulKiosks => {
                let kiosk = Connection::open(self.station(number).folder().join("kiosk.db")).unwrap();
                let untold = r#"{"from_seq":1,"after_visit":0}"#;
                kiosk.execute("UPDATE meta SET value = ?1 WHERE key = 'untold'", [untold]).unwrap();
            }
        }
    }

    fn outcome(&self) -> Outcome {
        let alone = (0..2).map(|number| self.own_releases(number).len()).sum();
        let mut told_apart = 0;
        for (nth, a) in self.looks.iter().enumerate() {
            for b in &self.looks[nth + 1..] {
                told_apart += usize::from(tells_apart(a, b));
            }
        }
        Outcome { looks: self.looks.len(), alone, told_apart, torn: self.torn() }
    }
}

/// Whether two looks at one figure differ by one to four ratings.
fn tells_apart(a: &Seen, b: &Seen) -> bool {
    let none = BTreeSet::new();
    let figures: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    figures.into_iter().any(|figure| {
        let (a, b) = (a.get(figure).unwrap_or(&none), b.get(figure).unwrap_or(&none));
        (1..FEWEST_NEW_RATINGS).contains(&a.symmetric_difference(b).count())
    })
}
