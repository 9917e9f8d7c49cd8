//! From a data folder to a running kiosk: queue, key, enrolment, configuration, session, synchronisation.

use super::configuration::Configuration;
use super::counter::Kiosk;
use super::device::{self, KeyError};
use super::display::Display;
use super::facts::About;
use super::hands::{CounterHands, Inbox, SharedAbout, SharedAnchor, SharedRoster};
use super::outbox::{Enrolment, Outbox, OutboxError};
use super::own_settings::OwnSettings;
use super::printer::Printer;
use super::session::{Draft, Session};
use super::settings::KioskSettings;
use super::sync::{self, BadAddress, EnrolError, HttpServer, KnownTime, News, Syncer};
use super::technician::TechnicianDoor;
use super::voice::Voice;
use crate::domain::clock::{Clock, civil_day};
use crate::domain::ids::{DeviceId, OfficerId};
use crate::layers::SettingsError;
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
    /// The settings of this kiosk cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
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
    syncer: Syncer<HttpServer>,
    configuration: Arc<Configuration>,
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
pub async fn prepare(folder: &Path, own: &OwnSettings, code: Option<&str>) -> Result<Prepared, StartError> {
    // Where things are, no office decides.
    let settings = own.over(None)?.settings;
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
    let mut syncer = machine.syncer(own)?;
    let configuration = first_configuration(&mut syncer, is_new).await?;
    Ok(Prepared { machine, syncer, configuration })
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
        &self.configuration.roster
    }

    /// The settings to begin with, the office's among them.
    #[must_use]
    pub fn settings(&self) -> &KioskSettings {
        &self.configuration.settings
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
        if self.machine.on_duty(self.roster())?.is_some() {
            return Ok(());
        }
        let (sender, stored) = oneshot::channel();
        let answer = move |result| drop(sender.send(result));
        self.machine.outbox.record(Draft::DutyStarted(officer), answer);
        stored.await.unwrap_or(Err(OutboxError::Closed))?;
        Ok(())
    }

    /// Puts the kiosk together. Returns it with the future that synchronises it, to be run
    /// wherever the caller keeps such things; `on_change` hears what the office tells from then on.
    ///
    /// # Errors
    /// When the duty kept in the database cannot be read.
    pub fn launch(
        self,
        inbox: Inbox,
        on_change: impl Fn(Arc<Configuration>) + Send + Sync + 'static,
    ) -> Result<(Running, Synchronisation), StartError> {
        let Self { machine, syncer, configuration } = self;
        let roster: SharedRoster = Arc::new(RwLock::new(configuration.roster.clone()));
        let shared = roster.clone();
        let (nudge, nudges) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let anchor = machine.anchor.clone();
        let about: SharedAbout = Arc::new(RwLock::new(machine.about(&configuration)));
        let hands = CounterHands {
            outbox: machine.outbox.clone(),
            device: machine.enrolment.device,
            key: machine.key.clone(),
            roster: roster.clone(),
            clock: machine.clock.clone(),
            anchor: anchor.clone(),
            voice: std::env::var_os("PATH").and_then(|folders| Voice::of_the_machine(&folders)),
            printer: Printer::at(configuration.settings.printer.address.clone()),
            inbox,
            nudge,
            technician: machine.technician()?,
            about: about.clone(),
            display: Display::of(&configuration.settings.screen),
        };
        let session = machine.session(&configuration)?;
        let kiosk = Kiosk::new(session, configuration.roster.clone(), machine.clock.clone(), Box::new(hands))
            .knowing(anchor.clone());
        let news = move |news: News| match news {
            News::Configuration(new) => {
                *roster.write().unwrap_or_else(PoisonError::into_inner) = new.roster.clone();
                about.write().unwrap_or_else(PoisonError::into_inner).configuration = new.name();
                on_change(new);
            }
            News::Time(new) => *anchor.write().unwrap_or_else(PoisonError::into_inner) = Some(new),
        };
        let refresh = Duration::from_secs(configuration.settings.server.refresh_s.max(1).into());
        let work = Box::pin(sync::run(syncer, refresh, nudges, news, stopped));
        Ok((Running { kiosk, outbox: machine.outbox, roster: shared, clock: machine.clock, stop }, work))
    }
}

impl Machine {
    fn technician(&self) -> Result<TechnicianDoor, StartError> {
        let server = read_key(&self.enrolment.server_key).ok_or(StartError::ServerKey)?;
        Ok(TechnicianDoor::new(self.enrolment.clone(), &self.key, &server, self.random.clone()))
    }

    fn about(&self, configuration: &Configuration) -> About {
        About {
            device: self.enrolment.device,
            fingerprint: fingerprint(&self.key.verifying_key()),
            server: self.server.address().to_owned(),
            configuration: configuration.name(),
        }
    }

    fn syncer(&self, own: &OwnSettings) -> Result<Syncer<HttpServer>, StartError> {
        let Self { outbox, server, enrolment, key, clock, random, .. } = self;
        let (outbox, server, enrolment, key) = (outbox.clone(), server.clone(), enrolment.clone(), key.clone());
        let syncer = Syncer::new(outbox, server, enrolment, key, clock.clone(), random.clone(), own.clone());
        syncer.ok_or(StartError::ServerKey)
    }

    /// The session as it was before a restart, if that was today.
    fn session(&self, configuration: &Configuration) -> Result<Session, StartError> {
        let Configuration { roster, settings, .. } = configuration;
        let session = Session::new(settings.session_rules(), settings.home_language(), self.on_duty(roster)?);
        Ok(session.having_asked(self.outbox.asked()?))
    }

    /// Who signed on today.
    fn on_duty(&self, roster: &Roster) -> Result<Option<(OfficerId, Date)>, StartError> {
        let zone = TimeZone::get(&roster.office.zone).unwrap_or(TimeZone::UTC);
        let today = civil_day(self.clock.now().wall_ms, &zone);
        Ok(self.outbox.on_duty()?.filter(|(_, since)| *since == today))
    }
}

/// What this kiosk worked with the last time, unless it may stand elsewhere since.
async fn first_configuration(syncer: &mut Syncer<HttpServer>, is_new: bool) -> Result<Arc<Configuration>, StartError> {
    if let Some(kept) = syncer.configuration().filter(|_| !is_new) {
        return Ok(kept.clone());
    }
    let fetched = syncer.fetch_news(&|_| {}).await;
    match (fetched, syncer.configuration()) {
        (_, Some(configuration)) => Ok(configuration.clone()),
        (Err(error), None) => Err(StartError::NoRoster(error.to_string())),
        (Ok(()), None) => Err(StartError::NoRoster("what the server sent cannot be used; see the log".to_owned())),
    }
}
