//! A whole city in one process: real queues, real synchronisation and a real server on real SQLite,
//! with a time and a network that a seed decides. One thing happens at a time, so every run can be
//! repeated.

use super::archive::Archive;
use super::kiosk::copy_folder;
use super::station::Station;
use super::{Dice, fast_folder};
use crate::support::eventually;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use suara_loket::domain::clock::{Clock, Moment};
use suara_loket::domain::ids::{CounterId, EventId, OfficeId};
use suara_loket::kiosk::sync::{CallError, Outcome, Syncer};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::batch::Ack;
use suara_loket::protocol::signing::{SignedReply, SignedRequest};
use suara_loket::server::service::Service;
use suara_loket::server::store::sqlite::restore::Restore;
use suara_loket::server::store::sqlite::{FILE_NAME, SqliteStore};
use suara_loket::storage::StorageError;
use tempfile::TempDir;
use uuid::Uuid;

pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// 24 November 2026, 07:00 in Sawahlunto.
const FIRST_MORNING_MS: i64 = 1_795_478_400_000;

/// The time that really passes.
#[derive(Clone, Debug)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// The clock of one machine: right in how fast it runs, and perhaps in nothing else.
pub struct MachineClock {
    time: Time,
    state: Mutex<ClockState>,
}

#[derive(Clone, Copy)]
struct ClockState {
    boot_id: Uuid,
    booted_at_ms: i64,
    wall_error_ms: i64,
    drift_ppm: i64,
}

impl MachineClock {
    pub fn new(time: Time, boot: u128) -> Self {
        let state =
            ClockState { boot_id: Uuid::from_u128(boot), booted_at_ms: time.now_ms(), wall_error_ms: 0, drift_ppm: 0 };
        Self { time, state: Mutex::new(state) }
    }

    pub fn reboot(&self, boot: u64) {
        let mut state = self.state.lock().unwrap();
        state.boot_id = Uuid::from_u128(boot.into());
        state.booted_at_ms = self.time.now_ms();
    }

    /// From now on the machine's crystal is so far off: a few tens in a million are usual.
    pub fn drift(&self, ppm: i64) {
        self.state.lock().unwrap().drift_ppm = ppm;
    }

    /// From now on the wall clock is so far from the truth.
    pub fn jump(&self, wall_error_ms: i64) {
        self.state.lock().unwrap().wall_error_ms = wall_error_ms;
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Moment {
        let (state, now_ms) = (*self.state.lock().unwrap(), self.time.now_ms());
        let passed_ms = now_ms - state.booted_at_ms;
        Moment {
            boot_id: state.boot_id,
            boot_ms: passed_ms + passed_ms * state.drift_ppm / 1_000_000,
            wall_ms: now_ms + state.wall_error_ms,
        }
    }
}

/// How the network between one kiosk and the server is.
#[derive(Debug)]
pub struct Weather {
    pub dice: Dice,
    /// Nothing gets through.
    pub cut_off: bool,
    /// Of a hundred calls so many are disturbed.
    pub trouble: u64,
    /// The next answer that acknowledges events is lost, and so is everything after it.
    pub lose_next_answer: bool,
    /// A mutant: what is lost is taken for delivered, signed with the server's stolen key.
    pub liar: Option<ed25519_dalek::SigningKey>,
    /// How long a request or an answer takes at most.
    pub latency_ms: u64,
    late: Vec<SignedRequest>,
    pub calls: u64,
}

impl Weather {
    fn calm(dice: Dice) -> Self {
        Self {
            dice,
            cut_off: false,
            trouble: 0,
            lose_next_answer: false,
            liar: None,
            latency_ms: 0,
            late: Vec::new(),
            calls: 0,
        }
    }
}

/// The way from one kiosk to whichever server there is now.
#[derive(Clone)]
pub struct Wire {
    time: Time,
    service: Arc<Mutex<Arc<Service>>>,
    pub weather: Arc<Mutex<Weather>>,
}

/// An answer that takes events off the queue.
fn acknowledges_events(reply: &SignedReply) -> bool {
    serde_json::from_slice::<Ack>(&reply.body).is_ok_and(|ack| !ack.verdicts.is_empty())
}

enum Fate {
    Lost,
    Answered,
    AnswerLost,
    AnswerLostIfItCounts,
    Twice,
}

impl Wire {
    fn fate(&self, request: &SignedRequest) -> (Fate, Option<SignedRequest>) {
        let mut weather = self.weather.lock().unwrap();
        weather.calls += 1;
        if weather.cut_off {
            return (Fate::Lost, None);
        }
        if weather.lose_next_answer {
            return (Fate::AnswerLostIfItCounts, None);
        }
        let trouble = weather.trouble;
        let late = if weather.dice.percent(trouble / 2) { weather.late.pop() } else { None };
        if !weather.dice.percent(trouble) {
            return (Fate::Answered, late);
        }
        let fate = match weather.dice.below(4) {
            0 => Fate::Lost,
            1 => Fate::AnswerLost,
            2 => Fate::Twice,
            _ => {
                weather.late.push(request.clone());
                Fate::Lost
            }
        };
        (fate, late)
    }

    fn take_time(&self) {
        let mut weather = self.weather.lock().unwrap();
        let most_ms = weather.latency_ms;
        self.time.pass(i64::try_from(weather.dice.below(most_ms + 1)).unwrap());
    }

    fn lost(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        match &self.weather.lock().unwrap().liar {
            Some(key) if request.method == "POST" => Ok(super::lie(request, key)),
            _ => Err(CallError::Unreachable("no network".to_owned())),
        }
    }
}

impl EvaluationServer for Wire {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        let service = self.service.lock().unwrap().clone();
        let ask = async |request: &SignedRequest| {
            self.take_time();
            let answer = service.call(request).await;
            self.take_time();
            answer.map_err(|error| CallError::Unreachable(error.to_string()))
        };
        let (fate, late) = self.fate(request);
        if let Some(late) = late {
            let _nobody_listens = ask(&late).await;
        }
        match fate {
            Fate::Lost => self.lost(request),
            Fate::Answered => ask(request).await,
            Fate::AnswerLost => {
                ask(request).await?;
                self.lost(request)
            }
            Fate::AnswerLostIfItCounts => {
                let answer = ask(request).await?;
                if !acknowledges_events(&answer) {
                    return Ok(answer);
                }
                let mut weather = self.weather.lock().unwrap();
                (weather.lose_next_answer, weather.cut_off) = (false, true);
                drop(weather);
                self.lost(request)
            }
            Fate::Twice => {
                ask(request).await?;
                ask(request).await
            }
        }
    }
}

/// A kiosk in the world.
pub struct Place {
    pub station: Station,
    pub clock: Arc<MachineClock>,
    pub wire: Wire,
    syncer: Option<Syncer<Wire>>,
    /// What residents were thanked for here.
    pub thanked: BTreeSet<EventId>,
}

impl Place {
    pub fn tap(&mut self) -> EventId {
        let id = self.station.tap().expect("a disk with room").id;
        self.thanked.insert(id);
        id
    }

    pub async fn round(&mut self) -> Outcome {
        if self.syncer.is_none() {
            self.syncer = Some(self.station.syncer(self.wire.clone()));
        }
        self.syncer.as_mut().expect("just made").round(&|_| {}).await
    }

    /// The program is killed and started again, on a machine that stayed on.
    pub fn crash(&mut self) {
        self.syncer = None;
        self.station.crash();
    }

    /// The machine itself starts again, with whatever its wall clock then says.
    pub fn reboot(&mut self, wall_error_ms: i64) {
        let boot = self.station.dice.next();
        self.clock.reboot(boot);
        self.clock.jump(wall_error_ms);
        self.crash();
    }

    pub async fn enrol_again(&mut self, service: &Service) {
        self.syncer = None;
        self.station.enrol_again(service).await;
    }
}

pub struct World {
    home: TempDir,
    pub time: Time,
    service: Arc<Mutex<Arc<Service>>>,
    server_lives: u32,
    pub places: Vec<Place>,
    pub office: (OfficeId, CounterId),
    pub dice: Dice,
}

impl World {
    pub async fn new(kiosks: usize, trouble: u64, dice: Dice) -> Self {
        Self::new_in("Asia/Jakarta", kiosks, trouble, dice).await
    }

    /// With the office in another zone.
    pub async fn new_in(zone: &str, kiosks: usize, trouble: u64, mut dice: Dice) -> Self {
        let home = fast_folder();
        let time = Time(Arc::new(AtomicI64::new(FIRST_MORNING_MS)));
        let first = open_server(&home.path().join("server-0"), &time, &mut dice);
        let office = first.add_office("Kantor Uji", zone, &"12:00 15:30".parse().unwrap()).await.unwrap();
        let counter = first.add_counter(office, "Loket 1").await.unwrap();
        let service = Arc::new(Mutex::new(first));
        let mut world =
            Self { home, time, service, server_lives: 0, places: Vec::new(), office: (office, counter), dice };
        for _ in 0..kiosks {
            world.add_place(trouble).await;
        }
        world
    }

    async fn add_place(&mut self, trouble: u64) {
        let clock = Arc::new(MachineClock::new(self.time.clone(), self.dice.next().into()));
        let folder = self.home.path().join(format!("kiosk-{}", self.places.len()));
        let (service, dice) = (self.service(), self.dice.split());
        let station = Station::enrol(&folder, &service, self.office, clock.clone(), dice).await;
        let weather = Weather { trouble, ..Weather::calm(self.dice.split()) };
        let wire =
            Wire { time: self.time.clone(), service: self.service.clone(), weather: Arc::new(Mutex::new(weather)) };
        self.places.push(Place { station, clock, wire, syncer: None, thanked: BTreeSet::new() });
    }

    /// A copy of a kiosk, key and all, that begins its own life now.
    pub fn clone_place(&mut self, of: usize) -> Place {
        let clock = Arc::new(MachineClock::new(self.time.clone(), self.dice.next().into()));
        let home = self.home.path().join(format!("clone-{}", self.dice.next()));
        let dice = self.dice.split();
        let original = &self.places[of];
        let station = original.station.cloned(&home, clock.clone(), dice);
        let weather = Weather::calm(self.dice.split());
        let wire =
            Wire { time: self.time.clone(), service: self.service.clone(), weather: Arc::new(Mutex::new(weather)) };
        Place { station, clock, wire, syncer: None, thanked: BTreeSet::new() }
    }

    pub fn service(&self) -> Arc<Service> {
        self.service.lock().unwrap().clone()
    }

    pub fn server_folder(&self) -> PathBuf {
        self.home.path().join(format!("server-{}", self.server_lives))
    }

    /// A copy of the server's data as it is now.
    pub fn back_up(&self, name: &str) {
        let copy = self.home.path().join(name);
        let _older = std::fs::remove_dir_all(&copy);
        copy_folder(&self.server_folder(), &copy);
    }

    /// The server is killed, and starts again on its data.
    pub fn crash_server(&mut self) {
        let before = self.server_folder();
        self.server_lives += 1;
        copy_folder(&before, &self.server_folder());
        self.start_server();
    }

    /// The server's machine is lost; another one starts on an older copy, as `suara-loket restore` does it.
    pub async fn restore_server(&mut self, name: &str) {
        self.server_lives += 1;
        let folder = self.server_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let restore = Restore::bring(&folder, &self.home.path().join(name).join(FILE_NAME)).unwrap();
        restore.renew(self.dice.next() >> 1, self.time.now_ms()).unwrap();
        restore.place("before").unwrap();
        self.start_server();
        self.service().keep_checkpoint(self.office.0).await.unwrap();
    }

    fn start_server(&mut self) {
        let service = open_server(&self.server_folder(), &self.time, &mut self.dice);
        *self.service.lock().unwrap() = service;
        let _gone = std::fs::remove_dir_all(self.home.path().join(format!("server-{}", self.server_lives - 1)));
    }

    pub fn archive(&self) -> Archive {
        Archive::open(&self.server_folder())
    }

    pub fn clear_sky(&self) {
        for place in &self.places {
            let mut weather = place.wire.weather.lock().unwrap();
            (weather.cut_off, weather.trouble, weather.lose_next_answer) = (false, 0, false);
        }
    }

    /// Lets everything arrive; returns after how many rounds a kiosk had nothing left to send.
    pub async fn settle(&mut self, most_rounds: u32) -> u32 {
        self.clear_sky();
        let mut most = 0;
        for place in &mut self.places {
            let mut rounds = 1;
            while place.round().await != Outcome::Done || place.station.waiting() > 0 {
                rounds += 1;
                assert!(rounds <= most_rounds, "a kiosk does not drain in {most_rounds} rounds");
            }
            most = most.max(rounds);
        }
        most
    }

    /// What went wrong, over everything that ever happened.
    pub fn toll(&self) -> Toll {
        let archive = self.archive();
        let thanked: BTreeSet<EventId> = self.places.iter().flat_map(|place| place.thanked.clone()).collect();
        let known: BTreeSet<EventId> = self.places.iter().flat_map(|place| place.station.events()).collect();
        Toll {
            thanked: thanked.len(),
            lost: archive.missing(&thanked).len(),
            foreign: archive.events().difference(&known).count(),
            doubled: archive.doubled(),
        }
    }
}

/// The figures of a world in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    pub thanked: usize,
    pub lost: usize,
    pub foreign: usize,
    pub doubled: u64,
}

impl Toll {
    pub fn is_clean(&self) -> bool {
        (self.lost, self.foreign, self.doubled) == (0, 0, 0)
    }
}

fn open_server(folder: &Path, time: &Time, dice: &mut Dice) -> Arc<Service> {
    std::fs::create_dir_all(folder).unwrap();
    // A program that another test starts holds our lock, too, for the moment before it begins.
    let free = || match SqliteStore::open(folder) {
        Err(StorageError::Replaced { .. }) => None,
        opened => Some(opened.unwrap()),
    };
    let store = Arc::new(eventually("the lock of the restore to end", free));
    let clock = Arc::new(MachineClock::new(time.clone(), dice.next().into()));
    Arc::new(Service::new(store, clock, dice.split().into_random(), "http://suara.test".to_owned()))
}
