//! The kiosk without its window: session, roster and hands that carry out effects.
//!
//! The window and the headless simulation drive this same code.

use super::session::{Effect, Event, Now, Screen, Session};
use crate::domain::clock::{Clock, civil_day};
use crate::domain::comfort::Comfort;
use crate::domain::ids::OfficerId;
use crate::domain::language::Language;
use crate::protocol::roster::{Roster, RosterOfficer};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What carries out effects. Answers come back later as events, by a way of its own.
pub trait Hands {
    /// Starts one effect; never blocks.
    fn carry_out(&mut self, effect: Effect);

    /// Whether there is a voice.
    fn can_speak(&self) -> bool {
        false
    }
}

/// One kiosk at its counter.
pub struct Kiosk {
    session: Session,
    roster: Arc<Roster>,
    zone: TimeZone,
    clock: Arc<dyn Clock>,
    hands: Box<dyn Hands + Send>,
}

/// Everything there is to draw.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Which screen, with what on it.
    pub screen: &'a Screen,
    /// In which language.
    pub language: Language,
    /// How it is shown and heard.
    pub comfort: Comfort,
    /// Whether it can be heard at all.
    pub can_speak: bool,
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
        Self { session, roster, zone, clock, hands }
    }

    /// Tells the session what happened, and starts what it asks for.
    pub fn send(&mut self, event: Event) {
        let now = self.now();
        for effect in self.session.handle(event, now) {
            self.hands.carry_out(effect);
        }
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
            comfort: self.session.comfort(),
            can_speak: self.hands.can_speak(),
            roster: &self.roster,
            on_duty: self.session.on_duty().and_then(|id| self.officer(id)),
        }
    }

    /// In how many milliseconds the next [`Event::Tick`] is due.
    #[must_use]
    pub fn tick_in_ms(&self) -> Option<i64> {
        self.session.deadline_ms().map(|deadline| (deadline - self.clock.now().boot_ms).max(0))
    }

    fn officer(&self, id: OfficerId) -> Option<&RosterOfficer> {
        self.roster.officers.iter().find(|entry| entry.officer.id == id)
    }

    fn now(&self) -> Now {
        let now = self.clock.now();
        Now { boot_ms: now.boot_ms, day: civil_day(now.wall_ms, &self.zone), is_open: true }
    }
}
