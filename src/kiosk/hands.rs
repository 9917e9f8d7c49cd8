//! The hands of a kiosk: effects of the session carried out on the queue, the key and the roster.

use super::counter::Hands;
use super::display::Display;
use super::facts::{About, Facts};
use super::outbox::{Outbox, OutboxResult, Stored};
use super::own_day::{self, Circumstances};
use super::printer::{Printer, Slip};
use super::session::{Draft, Effect, Event};
use super::technician::{self, TechnicianDoor};
use super::voice::Voice;
use crate::domain::clock::{Anchor, Clock};
use crate::domain::event::Health;
use crate::domain::ids::{DeviceId, OfficerId, ServiceId, VisitId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::ticket::Ticket;
use crate::protocol::roster::Roster;
use crate::storage::ballast::free_bytes;
use crate::system::VERSION;
use argon2::Argon2;
use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use ed25519_dalek::SigningKey;
use std::path::Path;
use std::sync::{Arc, RwLock};
use tokio::sync::mpsc::UnboundedSender;

/// Where answers go: callable from any thread.
pub type Inbox = Arc<dyn Fn(Event) + Send + Sync>;

/// The roster that session, hands and synchronisation share.
pub type SharedRoster = Arc<RwLock<Arc<Roster>>>;

/// The newest anchor, once the server ever answered.
pub type SharedAnchor = Arc<RwLock<Option<Anchor>>>;

/// What the technician reads of a kiosk that hears news.
pub type SharedAbout = Arc<RwLock<About>>;

/// Carries out effects on the real parts.
pub struct CounterHands {
    /// The queue.
    pub outbox: Outbox,
    /// This kiosk.
    pub device: DeviceId,
    /// Its key.
    pub key: SigningKey,
    /// Who may sign on, and where phones find the server.
    pub roster: SharedRoster,
    /// For the time of issue of tickets.
    pub clock: Arc<dyn Clock>,
    /// What is known of the server's time.
    pub anchor: SharedAnchor,
    /// What speaks, where there is something.
    pub voice: Option<Voice>,
    /// Where answers go.
    pub inbox: Inbox,
    /// Wakes the synchronisation.
    pub nudge: UnboundedSender<()>,
    /// What prints slips.
    pub printer: Printer,
    /// What a technician's code opens.
    pub technician: TechnicianDoor,
    /// Who and what this kiosk is, for a technician.
    pub about: SharedAbout,
    /// The display's light.
    pub display: Display,
}

impl Hands for CounterHands {
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Record(draft) => self.record(draft),
            Effect::MakeTicket { visit, officer, service } => self.make_ticket(visit, officer, service),
            Effect::Print { visit, link, words } => self.print(visit, &Slip { words, link }),
            Effect::CheckPin { officer, pin } => self.check_pin(officer, pin),
            Effect::LoadDay(officer) => self.load_day(officer),
            Effect::SendNow => drop(self.nudge.send(())),
            Effect::Display(power) => self.display.switch(power),
            Effect::LoadFacts => self.load_facts(),
            Effect::MakeChallenge => {
                let challenge = self.technician.challenge(&self.clock.now());
                (self.inbox)(Event::ChallengeReady { challenge });
            }
            // The door knows which challenge it shows.
            Effect::CheckUnlock { challenge: _, code } => self.check_unlock(&code),
        }
    }

    fn can_speak(&self) -> bool {
        self.voice.is_some()
    }

    fn say(&mut self, words: &str, language: Language) {
        if let Some(voice) = &self.voice {
            voice.say(words, language);
        }
    }
}

impl CounterHands {
    fn record(&self, draft: Draft) {
        let (inbox, nudge, is_awaited) = (self.inbox.clone(), self.nudge.clone(), draft.is_awaited());
        self.outbox.record(draft, move |result| {
            if let Err(error) = &result {
                tracing::error!(%error, "a record was not stored");
            }
            if is_awaited {
                inbox(answer(&result));
            }
            // Without a synchronisation there is nobody to wake.
            let _nobody = nudge.send(());
        });
    }

    fn make_ticket(&self, visit: VisitSerial, officer: Option<OfficerId>, service: Option<ServiceId>) {
        let now = self.clock.now();
        let anchor = self.current_anchor();
        let anchored_ms = anchor.and_then(|anchor| anchor.server_now_ms(&now));
        // After a restart the clock may be behind; the server's time went on at least from there.
        let guessed_ms = anchor.map_or(now.wall_ms, |anchor| anchor.server_ms.max(now.wall_ms));
        let ticket = Ticket {
            visit: VisitId { device: self.device, serial: visit },
            issued_minute: anchored_ms.unwrap_or(guessed_ms).div_euclid(60_000),
            officer,
            service,
            clock_anchored: anchored_ms.is_some(),
        };
        let public_url = self.current_roster().public_url.to_uppercase();
        let link = format!("{}/R/{}", public_url.trim_end_matches('/'), ticket.sign(&self.key));
        (self.inbox)(Event::TicketReady { visit, link });
    }

    fn print(&self, visit: VisitSerial, slip: &Slip) {
        let inbox = self.inbox.clone();
        self.printer.print(slip, move |is_done| inbox(Event::Printed { visit, is_done }));
    }

    /// Argon2 takes a while on purpose, so it runs beside the screen.
    fn check_pin(&self, officer: OfficerId, pin: String) {
        let (roster, inbox) = (self.current_roster(), self.inbox.clone());
        std::thread::spawn(move || {
            let hash = roster.officers.iter().find(|entry| entry.officer.id == officer).map(|entry| &entry.pin_hash);
            inbox(Event::PinChecked { correct: hash.is_some_and(|hash| is_pin(hash, &pin)) });
        });
    }

    /// Reads what may be weeks of events, so it runs beside the screen.
    fn load_day(&self, officer: OfficerId) {
        let (outbox, inbox) = (self.outbox.clone(), self.inbox.clone());
        let (roster, anchor) = (self.current_roster(), self.current_anchor());
        let at = Circumstances { device: self.device, roster, anchor, now: self.clock.now() };
        std::thread::spawn(move || {
            let card = own_day::card(&outbox, officer, &at);
            let card = card.inspect_err(|error| tracing::error!(%error, "a day card could not be read"));
            inbox(Event::DayLoaded(card.ok()));
        });
    }

    fn check_unlock(&mut self, code: &str) {
        let correct = self.technician.open(code, &self.clock.now());
        if correct {
            let alarm = Some(technician::UNLOCKED.to_owned());
            self.record(Draft::Health(Health { program: VERSION.to_owned(), alarm, ..Health::default() }));
        }
        (self.inbox)(Event::UnlockChecked { correct });
    }

    fn load_facts(&self) {
        let (inbox, clock, anchor) = (self.inbox.clone(), self.clock.clone(), self.current_anchor());
        let about = self.about.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let disk_free_bytes = free_bytes(self.outbox.path().parent().unwrap_or(Path::new("."))).ok();
        self.outbox.survey(move |survey| {
            let facts = Facts::of(about, survey, anchor.as_ref(), disk_free_bytes, &clock.now());
            inbox(Event::FactsLoaded(Box::new(facts)));
        });
    }

    fn current_anchor(&self) -> Option<Anchor> {
        *self.anchor.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn current_roster(&self) -> Arc<Roster> {
        self.roster.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

fn answer(result: &OutboxResult<Stored>) -> Event {
    match result {
        Ok(stored) => Event::Stored { seq: stored.seq, id: stored.id, visit: stored.visit },
        Err(error) => Event::StoreFailed { reason: error.to_string() },
    }
}

fn is_pin(hash: &str, pin: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}
