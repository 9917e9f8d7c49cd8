//! From a data folder to a running kiosk: queue, key, enrolment, roster, session, synchronisation.

use super::counter::Kiosk;
use super::device::{self, KeyError};
use super::display::Display;
use super::facts::About;
use super::hands::{CounterHands, Inbox, SharedAnchor, SharedRoster};
use super::outbox::{Enrolment, Outbox, OutboxError};
use super::session::{Draft, Session};
use super::settings::KioskSettings;
use super::sync::{self, BadAddress, EnrolError, HttpServer, KnownTime, News, Syncer};
use super::technician::TechnicianDoor;
use crate::domain::clock::{Clock, civil_day};
use crate::domain::ids::{DeviceId, OfficerId};
use crate::protocol::enrol::read_key;
use crate::protocol::roster::Roster;
use crate::protocol::words::fingerprint;
use crate::storage::StorageError;
use crate::system::{Random, SystemClock, system_random};
use ed25519_dalek::SigningKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Why a kiosk cannot start. Nothing that was stored before is touched.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot create the folder {0}: {1}. Choose another with --data")]
    Folder(String, std::io::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The queue cannot be read.
    #[error("the kiosk database failed: {0}")]
    Queue(#[from] OutboxError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The server's address is wrong.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The machine is not enrolled and no code was given.
    #[error(
        "this kiosk is not enrolled: ask for a code with `suara-loket admin enrol` and start once with --enrol CODE"
    )]
    NotEnrolled,
    /// Enrolment was tried and failed.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The pinned key is damaged.
    #[error("the server key kept by this kiosk cannot be read: enrol it anew with --enrol CODE")]
    ServerKey,
    /// The very first start needs the server.
    #[error("this kiosk knows no officers yet: {0}")]
    NoRoster(String),
}

/// A kiosk that is enrolled and knows its counter, but is not yet shown.
pub struct Prepared {
    machine: Machine,
    roster: Roster,
}

struct Machine {
    outbox: Outbox,
    key: SigningKey,
    enrolment: Enrolment,
    server: HttpServer,
    anchor: SharedAnchor,
    clock: Arc<dyn Clock>,
    random: Random,
}

/// What sends the queue and fetches the news, until it is told to stop.
pub type Synchronisation = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A kiosk at work. Dropping it stops the synchronisation after its present round.
pub struct Running {
    /// The counter, to be driven by a window or a simulation.
    pub kiosk: Kiosk,
    /// The queue, to look into.
    pub outbox: Outbox,
    /// The newest roster.
    pub roster: SharedRoster,
    /// The clock of all of it.
    pub clock: Arc<dyn Clock>,
    /// Turns true when the synchronisation shall stop.
    pub stop: watch::Sender<bool>,
}

/// Opens everything in `folder`, enrolling with `code` if one is given: for the first time, or anew
/// because the kiosk was revoked, or somebody else speaks under its name. A kiosk that is enrolled
/// already starts even if that fails.
///
/// # Errors
/// When something is missing; the message names the mend.
pub async fn prepare(folder: &Path, settings: &KioskSettings, code: Option<&str>) -> Result<Prepared, StartError> {
    std::fs::create_dir_all(folder).map_err(|error| StartError::Folder(folder.display().to_string(), error))?;
    let (clock, random): (Arc<dyn Clock>, Random) = (Arc::new(SystemClock::new()), system_random());
    let journal = settings.storage.journal_of(folder);
    let outbox = Outbox::open_with_journal(folder, &journal, clock.clone(), random.clone())?;
    let anchor: SharedAnchor = Arc::new(RwLock::new(outbox.latest_anchor()?));
    let time = KnownTime::new(clock.clone(), anchor.clone());
    let server = HttpServer::new(&settings.server.address, settings.server.authority(), time, random.clone())?;
    let before = outbox.enrolment()?;
    let new = match code {
        Some(code) => enrol(&outbox, &server, code, folder, &random, before.is_some()).await?,
        None => None,
    };
    let is_new = new.is_some();
    let (enrolment, key) = match (new, before) {
        (Some(new), _) => new,
        (None, Some(before)) => {
            let key = device::load_key(folder, before.epoch)?;
            (before, key)
        }
        (None, None) => return Err(StartError::NotEnrolled),
    };
    let server = server.pinned(read_key(&enrolment.server_key).ok_or(StartError::ServerKey)?);
    let machine = Machine { outbox, key, enrolment, server, anchor, clock, random };
    let roster = machine.first_roster(is_new).await?;
    Ok(Prepared { machine, roster: Names::of(settings).put_on(roster) })
}

/// Enrols, or says why not and leaves everything as it was.
async fn enrol(
    outbox: &Outbox,
    server: &HttpServer,
    code: &str,
    folder: &Path,
    random: &Random,
    is_enrolled: bool,
) -> Result<Option<(Enrolment, SigningKey)>, StartError> {
    match sync::enrol(outbox, server, code, folder, random).await {
        Err(error) if is_enrolled => {
            tracing::error!(%error, "this kiosk stays what it was before");
            Ok(None)
        }
        enrolled => Ok(Some(enrolled?)),
    }
}

impl Prepared {
    /// Who and what this counter is.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Which kiosk this is at its server.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.machine.enrolment.device
    }

    /// Its key, as people compare it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.machine.key.verifying_key())
    }

    /// Signs an officer on where nobody is on duty today, as the demonstration does.
    ///
    /// # Errors
    /// When the queue fails.
    pub async fn sign_on(&self, officer: OfficerId) -> Result<(), StartError> {
        if self.machine.on_duty(&self.roster)?.is_some() {
            return Ok(());
        }
        let (sender, stored) = oneshot::channel();
        let answer = move |result| drop(sender.send(result));
        self.machine.outbox.record(Draft::DutyStarted(officer), answer);
        stored.await.unwrap_or(Err(OutboxError::Closed))?;
        Ok(())
    }

    /// Puts the kiosk together. Returns it with the future that synchronises it, to be run
    /// wherever the caller keeps such things.
    ///
    /// # Errors
    /// When the pinned server key or the duty kept in the database cannot be read.
    pub fn launch(
        self,
        settings: &KioskSettings,
        inbox: Inbox,
        on_roster: impl Fn(Arc<Roster>) + Send + Sync + 'static,
    ) -> Result<(Running, Synchronisation), StartError> {
        let roster: SharedRoster = Arc::new(RwLock::new(Arc::new(self.roster.clone())));
        let shared = roster.clone();
        let (nudge, nudges) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let machine = self.machine;
        let anchor = machine.anchor.clone();
        let hands = CounterHands {
            outbox: machine.outbox.clone(),
            device: machine.enrolment.device,
            key: machine.key.clone(),
            roster: roster.clone(),
            clock: machine.clock.clone(),
            anchor: anchor.clone(),
            inbox,
            nudge,
            technician: machine.technician()?,
            about: machine.about(),
            display: Display::of(&settings.screen),
        };
        let session = machine.session(&self.roster, settings)?;
        let kiosk = Kiosk::new(session, Arc::new(self.roster), machine.clock.clone(), Box::new(hands));
        let names = Names::of(settings);
        let news = move |news: News| match news {
            News::Roster(new) => {
                let new = Arc::new(names.put_on((*new).clone()));
                *roster.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
                on_roster(new);
            }
            News::Time(new) => *anchor.write().unwrap_or_else(PoisonError::into_inner) = Some(new),
        };
        let work = Box::pin(sync::run(
            machine.syncer()?,
            Duration::from_secs(settings.server.refresh_s.max(1).into()),
            nudges,
            news,
            stopped,
        ));
        Ok((Running { kiosk, outbox: machine.outbox, roster: shared, clock: machine.clock, stop }, work))
    }
}

impl Machine {
    fn technician(&self) -> Result<TechnicianDoor, StartError> {
        let server = read_key(&self.enrolment.server_key).ok_or(StartError::ServerKey)?;
        Ok(TechnicianDoor::new(self.enrolment.clone(), &self.key, &server, self.random.clone()))
    }

    fn about(&self) -> About {
        About {
            device: self.enrolment.device,
            fingerprint: fingerprint(&self.key.verifying_key()),
            server: self.server.address().to_owned(),
            configuration: None,
        }
    }

    fn syncer(&self) -> Result<Syncer<HttpServer>, StartError> {
        let Self { outbox, server, enrolment, key, clock, random, .. } = self;
        let syncer =
            Syncer::new(outbox.clone(), server.clone(), enrolment.clone(), key.clone(), clock.clone(), random.clone());
        syncer.ok_or(StartError::ServerKey)
    }

    /// The roster of the last time, unless this kiosk may stand elsewhere since.
    async fn first_roster(&self, is_new: bool) -> Result<Roster, StartError> {
        if let Some(kept) = self.outbox.roster()?.filter(|_| !is_new) {
            return Ok(kept);
        }
        let fetched = self.syncer()?.fetch_news(&|_| {}).await;
        match (fetched, self.outbox.roster()?) {
            (_, Some(roster)) => Ok(roster),
            (Err(error), None) => Err(StartError::NoRoster(error.to_string())),
            (Ok(()), None) => Err(StartError::NoRoster("the server sent none".to_owned())),
        }
    }

    /// The session as it was before a restart, if that was today.
    fn session(&self, roster: &Roster, settings: &KioskSettings) -> Result<Session, StartError> {
        Ok(Session::new(settings.session_rules(), settings.home_language(), self.on_duty(roster)?))
    }

    /// Who signed on today.
    fn on_duty(&self, roster: &Roster) -> Result<Option<(OfficerId, Date)>, StartError> {
        let zone = TimeZone::get(&roster.office.zone).unwrap_or(TimeZone::UTC);
        let today = civil_day(self.clock.now().wall_ms, &zone);
        Ok(self.outbox.on_duty()?.filter(|(_, since)| *since == today))
    }
}

/// Names from the settings file, which go before the server's.
struct Names {
    office: String,
    counter: String,
}

impl Names {
    fn of(settings: &KioskSettings) -> Self {
        Self { office: settings.office.name.clone(), counter: settings.counter.name.clone() }
    }

    fn put_on(&self, mut roster: Roster) -> Roster {
        if !self.office.is_empty() {
            roster.office.name.clone_from(&self.office);
        }
        if !self.counter.is_empty() {
            roster.counter.name.clone_from(&self.counter);
        }
        roster
    }
}
