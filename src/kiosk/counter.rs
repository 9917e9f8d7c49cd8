//! The kiosk without its window: session, roster and hands that carry out effects.
//!
//! The window and the headless simulation drive this same code.

use super::session::{Effect, Event, Now, Screen, Session};
use super::watchdog::Pulse;
use crate::domain::clock::{Clock, civil_day};
use crate::domain::ids::OfficerId;
use crate::domain::language::Language;
use crate::protocol::roster::{Roster, RosterOfficer};
use jiff::tz::TimeZone;
use std::sync::Arc;
use tokio::sync::watch;

/// What carries out effects. Answers come back later as events, by a way of its own.
pub trait Hands {
    /// Starts one effect; never blocks.
    fn carry_out(&mut self, effect: Effect);
}

/// One kiosk at its counter.
pub struct Kiosk {
    session: Session,
    roster: Arc<Roster>,
    zone: TimeZone,
    clock: Arc<dyn Clock>,
    hands: Box<dyn Hands + Send>,
    standing: watch::Sender<Standing>,
    pulse: Pulse,
}

/// Whether this counter serves: what others may know of it. The same before and after a rating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the office is open, as far as its hours are known.
    pub open: bool,
    /// Whether an officer has signed on.
    pub on_duty: bool,
    /// Whether that officer is on a break.
    pub paused: bool,
}

/// Everything there is to draw.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Which screen, with what on it.
    pub screen: &'a Screen,
    /// In which language.
    pub language: Language,
    /// Office, counter, officers.
    pub roster: &'a Roster,
    /// Who serves.
    pub on_duty: Option<&'a RosterOfficer>,
}

impl Kiosk {
    /// Puts a kiosk together.
    #[must_use]
    pub fn new(session: Session, roster: Arc<Roster>, clock: Arc<dyn Clock>, hands: Box<dyn Hands + Send>) -> Self {
        let zone = TimeZone::get(&roster.office.zone).unwrap_or(TimeZone::UTC);
        let (standing, _) = watch::channel(Standing::default());
        let kiosk = Self { session, roster, zone, clock, hands, standing, pulse: Pulse::default() };
        kiosk.tell_standing(kiosk.now());
        kiosk
    }

    /// Tells the session what happened, and starts what it asks for.
    pub fn send(&mut self, event: Event) {
        let now = self.now();
        for effect in self.session.handle(event, now) {
            self.hands.carry_out(effect);
        }
        self.tell_standing(now);
        self.pulse.beat(now.boot_ms);
    }

    fn tell_standing(&self, now: Now) {
        let (on_duty, paused) = (self.session.on_duty().is_some(), self.session.is_paused());
        self.standing.send_replace(Standing { open: now.is_open, on_duty, paused });
    }

    /// Whether this counter serves, now and later.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The beats of whoever drives this kiosk.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// A newer roster from the server.
    pub fn set_roster(&mut self, roster: Arc<Roster>) {
        self.roster = roster;
    }

    /// What to draw now.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            screen: self.session.screen(),
            language: self.session.language(),
            roster: &self.roster,
            on_duty: self.session.on_duty().and_then(|id| self.officer(id)),
        }
    }

    /// In how many milliseconds the next [`Event::Tick`] is due.
    #[must_use]
    pub fn tick_in_ms(&self) -> Option<i64> {
        self.session.deadline_ms().map(|deadline| (deadline - self.clock.now().boot_ms).max(0))
    }

    /// In how many milliseconds to send the next [`Event::Tick`] at the latest, so that whoever watches over
    /// this kiosk sees that it works.
    #[must_use]
    pub fn wake_in_ms(&self) -> Option<i64> {
        let beat_ms = self.pulse.due_in_ms(self.clock.now().boot_ms);
        [self.tick_in_ms(), beat_ms].into_iter().flatten().min()
    }

    fn officer(&self, id: OfficerId) -> Option<&RosterOfficer> {
        self.roster.officers.iter().find(|entry| entry.officer.id == id)
    }

    fn now(&self) -> Now {
        let now = self.clock.now();
        Now { boot_ms: now.boot_ms, day: civil_day(now.wall_ms, &self.zone), is_open: true }
    }
}
